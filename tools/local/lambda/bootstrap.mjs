// Does what Lambda's Node.js runtime does inside an execution environment, over the real Runtime API. It is plain
// JavaScript, because it runs beside a bundle and must start fast. The errors have the same shape as in
// aws-lambda-nodejs-runtime-interface-client, src/Errors.js.
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// An import of it would also load `fetch`: tools/build/plain-http.ts.
const http = process.getBuiltinModule('node:http');
const { AWS_LAMBDA_RUNTIME_API, _HANDLER, LAMBDA_TASK_ROOT } = process.env;
const { hostname, port, pathname } = new URL(`http://${AWS_LAMBDA_RUNTIME_API}`);
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

// The host holds the other end of stdin. When the host ends, also by kill -9, stdin ends, and this process must end too.
process.stdin
  .on('end', () => process.exit(0))
  .on('error', () => process.exit(0))
  .resume();

// The terminal sends Ctrl-C to the whole group of processes. We ignore it, because the host decides when a Lambda ends. If
// it ended here, its task would count as failed.
for (const signal of ['SIGINT', 'SIGHUP']) process.on(signal, () => {});

function call(method, path, body) {
  return new Promise((done) => {
    const headers = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const options = {
      hostname,
      port,
      method,
      agent,
      path: `${pathname}/2018-06-01/runtime${path}`,
      headers,
    };
    const request = http.request(options, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => done({ headers: response.headers, text: Buffer.concat(chunks).toString() }));
    });
    // A refused or broken connection means that the host is gone.
    request.on('error', () => process.exit(1));
    request.end(body);
  });
}

function errorJson(error, type) {
  if (!(error instanceof Error))
    return JSON.stringify({ errorType: type ?? typeof error, errorMessage: String(error), trace: [] });
  const trace = (error.stack ?? '').split('\n');
  return JSON.stringify({ errorType: type ?? error.name, errorMessage: error.message, trace });
}

const report = (path, error, type) => call('POST', path, errorJson(error, type));

let requestId;
for (const [event, type] of [
  ['unhandledRejection', 'Runtime.UnhandledPromiseRejection'],
  ['uncaughtException', undefined],
]) {
  process.on(event, async (error) => {
    console.error(error);
    await (requestId ? report(`/invocation/${requestId}/error`, error, type) : report('/init/error', error, type));
    process.exit(128);
  });
}

async function loadHandler() {
  const dot = _HANDLER.lastIndexOf('.');
  const file = resolve(LAMBDA_TASK_ROOT, _HANDLER.slice(0, dot));
  for (const extension of ['.mjs', '.js', '.cjs']) {
    const module = await importIfThere(`${file}${extension}`);
    if (!module) continue;
    const handler = module[_HANDLER.slice(dot + 1)] ?? module.default?.[_HANDLER.slice(dot + 1)];
    if (typeof handler === 'function') return handler;
    throw Object.assign(new Error(`${_HANDLER} is undefined or not exported`), { name: 'Runtime.HandlerNotFound' });
  }
  throw Object.assign(new Error(`Error: Cannot find module '${file}'`), { name: 'Runtime.ImportModuleError' });
}

async function importIfThere(path) {
  const url = pathToFileURL(path).href;
  try {
    return await import(url);
  } catch (error) {
    if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
    // If the file itself is missing, we try the next extension. If one of its imports is missing, Lambda has this name.
    if (error.url === url) return undefined;
    throw Object.assign(new Error(`Error: ${error.message}`), { name: 'Runtime.ImportModuleError' });
  }
}

function contextOf(headers) {
  const { AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_VERSION, AWS_LAMBDA_FUNCTION_MEMORY_SIZE } = process.env;
  const deadlineMs = Number(headers['lambda-runtime-deadline-ms']);
  return {
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    callbackWaitsForEmptyEventLoop: false,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

const handler = await loadHandler().catch(async (error) => {
  await report('/init/error', error);
  process.exit(1);
});

for (;;) {
  const { headers, text } = await call('GET', '/invocation/next');
  requestId = headers['lambda-runtime-aws-request-id'];
  process.env._X_AMZN_TRACE_ID = headers['lambda-runtime-trace-id'];
  try {
    const result = await handler(JSON.parse(text), contextOf(headers));
    await call('POST', `/invocation/${requestId}/response`, JSON.stringify(result ?? null));
  } catch (error) {
    await report(`/invocation/${requestId}/error`, error);
  }
  requestId = undefined;
}
