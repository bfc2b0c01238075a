import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { type LambdaHost, startLambdaHost } from '../../tools/local/lambda/host.ts';
import type { LocalFunction } from '../../tools/local/template/assembly.ts';
import { isAlive, localFunction, until } from './fixture/functions.ts';

type Line = { functionName: string; requestId: string; line: string };
const hosts: LambdaHost[] = [];
const lines: Line[] = [];

function host(functions: LocalFunction[], environmentsAtOnce?: number, idleMsMax?: number): LambdaHost {
  const variables = { AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
  const started = startLambdaHost({
    functions,
    variables,
    environmentsAtOnce,
    idleMsMax,
    log: (line) => lines.push(line),
  });
  hosts.push(started);
  return started;
}

function written(source: string): LocalFunction {
  const codeDirectory = mkdtempSync(join(tmpdir(), 'partway-fn-'));
  writeFileSync(join(codeDirectory, 'index.mjs'), source);
  return localFunction('Written', { codeDirectory });
}

type Echo = { payload: { event: unknown; variables: Record<string, string>; pid: number; requestId: string } };
const errorOf = (outcome: unknown) =>
  (outcome as { functionError: { errorType: string; errorMessage: string } }).functionError;

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((each) => each.close()));
  lines.length = 0;
});

describe('the Lambda host', () => {
  it('gives a function its event and its variables, and none of our own variables', async () => {
    process.env.OUR_SECRET = 'ours';
    const fn = localFunction('Copy', { environment: { TABLE: 'checkpoints' } });
    const { payload } = (await host([fn]).invoke(fn.arn, { does: 'echo', n: 1 })) as Echo;
    expect(payload.event).toEqual({ does: 'echo', n: 1 });
    expect(payload.variables).toMatchObject({
      TABLE: 'checkpoints',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'Copy',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '192',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      _HANDLER: 'index.handler',
    });
    expect(payload.variables).not.toHaveProperty('OUR_SECRET');
    expect(payload.variables).not.toHaveProperty('HOME');
  });

  it('keeps an environment warm, and ends it after it has been idle', async () => {
    const running = host([localFunction('Copy')], 4, 100);
    const first = (await running.invoke('Copy', { does: 'echo' })) as Echo;
    const second = (await running.invoke('Copy', { does: 'echo' })) as Echo;
    expect(second.payload.pid).toBe(first.payload.pid);
    await until(() => !isAlive(first.payload.pid));
  });

  it('starts an environment before the first call, which finds it warm', async () => {
    const fn = written('console.log("up", process.pid); export const handler = async () => process.pid;');
    const begun = () => lines.flatMap(({ line }) => (line.startsWith('up ') ? [Number(line.slice(3))] : []));
    const running = host([fn], 4);
    running.warm(fn.arn);
    await until(() => begun().length === 1);
    expect(await running.invoke('Written', {})).toEqual({ payload: begun()[0] });
    expect(begun()).toHaveLength(1);
  });

  it('reports a thrown error by its name, and a thrown text by its type', async () => {
    const running = host([localFunction('Copy')]);
    expect(errorOf(await running.invoke('Copy', { does: 'fail' }))).toMatchObject({
      errorType: 'SourceChanged',
      errorMessage: 'source changed',
      trace: expect.arrayContaining([expect.stringContaining('SourceChanged')]),
    });
    expect(errorOf(await running.invoke('Copy', { does: 'failWithText' }))).toEqual({
      errorType: 'string',
      errorMessage: 'plain',
      trace: [],
    });
  });

  it('kills a function that takes too long, also a synchronous loop', async () => {
    const running = host([localFunction('Copy', { timeoutSeconds: 0.5 })]);
    const error = errorOf(await running.invoke('Copy', { does: 'spin' }));
    expect(error.errorType).toBe('Sandbox.Timedout');
    expect(error.errorMessage).toMatch(/^RequestId: [-0-9a-f]+ Error: Task timed out after 0\.50 seconds$/);
    expect(running.busy()).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('kills a function that takes more memory than it may', async () => {
    const error = errorOf(await host([localFunction('Copy')]).invoke('Copy', { does: 'grow' }));
    expect(error).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/signal: killed$/),
    });
  });

  it('distinguishes an exit with a status from one without', async () => {
    const running = host([localFunction('Copy')]);
    expect(errorOf(await running.invoke('Copy', { does: 'exit', exitCode: 3 })).errorMessage).toMatch(
      /Runtime exited with error: exit status 3$/,
    );
    expect(errorOf(await running.invoke('Copy', { does: 'exit', exitCode: 0 })).errorMessage).toMatch(
      /exited without providing a reason$/,
    );
  });

  it('reports an unhandled rejection, and starts a new environment for the next invocation', async () => {
    const running = host([localFunction('Copy')]);
    expect(errorOf(await running.invoke('Copy', { does: 'forget' })).errorType).toBe(
      'Runtime.UnhandledPromiseRejection',
    );
    expect(await running.invoke('Copy', { does: 'nothing' })).toEqual({ payload: {} });
  });

  it('reports an error during the import of the bundle', async () => {
    const invoke = (source: string) => host([written(source)]).invoke('Written', {});
    expect(errorOf(await invoke("throw new Error('boom')"))).toMatchObject({
      errorType: 'Error',
      errorMessage: 'boom',
    });
    expect(errorOf(await invoke("import './missing.mjs'")).errorType).toBe('Runtime.ImportModuleError');
    expect(errorOf(await invoke('export const other = 1')).errorType).toBe('Runtime.HandlerNotFound');
    expect(errorOf(await invoke('process.exit(0)')).errorType).toBe('Runtime.ExitError');
  });

  it('refuses a response above 6 MB, a request above 6 MB, and an unknown function', async () => {
    const running = host([localFunction('Copy')]);
    expect(errorOf(await running.invoke('Copy', { does: 'large' })).errorType).toBe('Function.ResponseSizeTooLarge');
    await expect(running.invoke('Copy', 'x'.repeat(7 * 1024 * 1024))).rejects.toMatchObject({
      name: 'Lambda.RequestTooLargeException',
    });
    await expect(running.invoke('Nobody', {})).rejects.toMatchObject({ name: 'Lambda.ResourceNotFoundException' });
  });

  it('throttles a function at its reserved concurrency', async () => {
    const running = host([localFunction('Copy', { reservedConcurrency: 2 })]);
    const outcomes = await Promise.all([1, 2, 3].map(() => running.invoke('Copy', { does: 'sleep', delayMs: 100 })));
    expect(outcomes.filter((outcome) => 'throttled' in outcome)).toHaveLength(1);
    expect(await running.invoke('Copy', {})).toEqual({ payload: {} });
  });

  it('lets invocations wait in line if all environments are busy', async () => {
    const running = host([localFunction('Copy')], 2);
    const file = join(mkdtempSync(join(tmpdir(), 'partway-go-')), 'go');
    const pending = [1, 2, 3, 4, 5].map(() => running.invoke('Copy', { does: 'wait', file }));
    let busyMax = 0;
    const watch = setInterval(() => {
      busyMax = Math.max(busyMax, running.busy().length);
    }, 5);
    await until(() => busyMax === 2);
    writeFileSync(file, '');
    expect(await Promise.all(pending)).toEqual(pending.map(() => ({ payload: {} })));
    clearInterval(watch);
    expect(busyMax).toBe(2);
  });

  it('runs an invocation of another function even if the line is full', async () => {
    const running = host([localFunction('Copy'), localFunction('Api')], 1);
    const copies = [1, 2].map(() => running.invoke('Copy', { does: 'sleep', delayMs: 30_000 }));
    const left = expect(Promise.all(copies)).rejects.toMatchObject({ name: 'HostClosed' });
    expect(await running.invoke('Api', {})).toEqual({ payload: {} });
    await running.close();
    await left;
  });

  it('lists the processes at work, so that a test can kill one', async () => {
    const running = host([localFunction('Copy')]);
    const pending = running.invoke('Copy', { does: 'sleep', delayMs: 10_000 });
    await until(() => running.busy().length === 1);
    const [busy] = running.busy();
    expect(busy).toMatchObject({ functionName: 'Copy', startedAtMs: expect.any(Number) });
    running.kill(busy!.pid);
    expect(errorOf(await pending)).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: expect.stringMatching(/signal: killed$/),
    });
  });

  it('passes on the log lines of a function with the id of their request', async () => {
    const running = host([localFunction('Copy')]);
    const { payload } = (await running.invoke('Copy', { does: 'echo' })) as Echo;
    await running.invoke('Copy', { does: 'log' });
    await until(() => lines.length === 2);
    expect(lines.map(({ line }) => line)).toEqual(['a line', 'and another']);
    expect(lines[0]!.requestId).not.toBe(payload.requestId);
    expect(lines[0]).toMatchObject({ functionName: 'Copy', requestId: lines[1]!.requestId });
  });

  it('lets a debugger attach to the function that PARTWAY_INSPECT names, and lifts its time limit', async () => {
    process.env.PARTWAY_INSPECT = 'copy-batch:0';
    onTestFinished(() => void delete process.env.PARTWAY_INSPECT);
    const inspected = localFunction('PartwayFunctionscopybatchA9603516', { timeoutSeconds: 1 });
    const others = [localFunction('Batch'), localFunction('PartwayFunctionscopyA9603516')];
    const running = host([inspected, ...others]);
    for (const { arn } of others) await running.invoke(arn, { does: 'log' });
    expect(await running.invoke(inspected.arn, { does: 'sleep', delayMs: 1500 })).toHaveProperty('payload');
    const said = lines.filter(({ line }) => line.startsWith('Debugger listening on ws://127.0.0.1:'));
    expect(said.map(({ functionName }) => functionName)).toEqual([inspected.name]);
    const url = said[0]!.line.replace(/^.*ws:(.*:\d+).*$/, 'http:$1/json');
    expect(await (await fetch(url)).json()).toMatchObject([{ type: 'node', webSocketDebuggerUrl: expect.any(String) }]);
  });

  it('rejects running invocations when it is closed', async () => {
    const running = host([localFunction('Copy')]);
    const pending = running.invoke('Copy', { does: 'sleep', delayMs: 10_000 });
    const rejected = expect(pending).rejects.toMatchObject({ name: 'HostClosed' });
    await until(() => running.busy().length === 1);
    const { pid } = running.busy()[0]!;
    await running.close();
    await rejected;
    expect(isAlive(pid)).toBe(false);
  });

  it('leaves no child behind if its process is killed with SIGKILL', async () => {
    const script = new URL('fixture/lambda-host.ts', import.meta.url);
    const parent = spawn(process.execPath, [script.pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const pid = Number(line);
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isAlive(pid));
  });
});
