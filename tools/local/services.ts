import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BusAnswer, BusEntry } from './bus.ts';
import { asList, asObject, asString, type JsonObject } from './json.ts';
import { LocalError } from './local-errors.ts';
import type { Executions } from './machine/executions.ts';
import { arnOf } from './physical.ts';
import { stepFunctions } from './step-functions.ts';

export type ServicesOptions = {
  /** Asked at every request, because the machines are opened after this server: their Lambdas need its address. */
  readonly machines: () => readonly Executions[];
  readonly putEvents: (entries: readonly BusEntry[]) => readonly BusAnswer[];
  /** Secret strings by name; read at every request, so that a changed file is seen at once. They may throw LocalError. */
  readonly secrets: { readonly [name: string]: () => string };
};

export type Services = { readonly endpoint: string; readonly close: () => Promise<void> };

/** A failure that the caller shall see by its AWS name. */
class ServiceError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

type Operation = (input: JsonObject) => unknown;
type Operations = { readonly [target: string]: Operation };

// Above the 1 MB of a PutEvents entry; nothing that a Lambda of ours sends is larger.
const BODY_BYTES_MAX = 2 * 1024 * 1024;

/**
 * What the bundled Lambdas call through `AWS_ENDPOINT_URL`: Step Functions (AWS JSON 1.0), EventBridge and Secrets Manager
 * (AWS JSON 1.1), as the clients of SDK 3.1162.0 speak them. Signatures are not checked: only this computer can connect.
 */
export async function startServices(options: ServicesOptions): Promise<Services> {
  const operations = { ...stepFunctions(options.machines), ...eventBridge(options), ...secretsManager(options) };
  const server = createServer((request, response) => {
    void answer(request, operations).then(({ status, body }) => send(request, response, status, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

type Answer = { readonly status: number; readonly body: unknown };

async function answer(request: IncomingMessage, operations: Operations): Promise<Answer> {
  const target = String(request.headers['x-amz-target'] ?? '');
  try {
    const operation = operations[target];
    if (!operation)
      throw new ServiceError('UnknownOperationException', `${target || 'this request'} is not served on this computer`);
    return { status: 200, body: (await operation(await readInput(request))) ?? {} };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    // A TypeError is a request of the wrong shape: the readers of JSON throw it.
    const type = name === 'TypeError' || name === 'SyntaxError' ? 'ValidationException' : name;
    return { status: type === 'Error' ? 500 : 400, body: { __type: type, message } };
  }
}

async function readInput(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new ServiceError('RequestEntityTooLargeException', 'the request is too large');
    chunks.push(chunk);
  }
  return asObject(JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}'), 'the request');
}

function send(request: IncomingMessage, response: ServerResponse, status: number, body: unknown): void {
  const contentType = request.headers['content-type'] ?? 'application/x-amz-json-1.0';
  response.writeHead(status, { 'content-type': contentType, 'x-amzn-requestid': randomUUID() });
  response.end(JSON.stringify(body));
}

const eventBridge = ({ putEvents }: ServicesOptions): Operations => ({
  'AWSEvents.PutEvents': ({ Entries }) => {
    const entries = asList(Entries, 'Entries').map((entry) => asObject(entry, 'Entries') as BusEntry);
    if (entries.length < 1 || entries.length > 10) {
      throw new ServiceError('ValidationException', "Member must have length between 1 and 10: 'entries'");
    }
    const answers = putEvents(entries);
    return { Entries: answers, FailedEntryCount: answers.filter((each) => 'ErrorCode' in each).length };
  },
});

const secretsManager = ({ secrets }: ServicesOptions): Operations => ({
  'secretsmanager.GetSecretValue': ({ SecretId }) => {
    const name = secretName(asString(SecretId, 'SecretId'), secrets);
    const SecretString = name === undefined ? undefined : readSecret(secrets[name]);
    if (SecretString === undefined) {
      throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    }
    const ARN = arnOf('secretsmanager', `secret:${name}-local0`);
    return { ARN, Name: name, SecretString, VersionId: 'local', VersionStages: ['AWSCURRENT'] };
  },
});

/** So says Secrets Manager of a secret that is there and cannot be read as it is now. */
function readSecret(read: (() => string) | undefined): string | undefined {
  try {
    return read?.();
  } catch (error) {
    throw error instanceof LocalError ? new ServiceError('InvalidRequestException', error.message) : error;
  }
}

/** A secret is asked for by its name, its ARN, or its ARN without the six random characters at the end. */
function secretName(secretId: string, known: object): string | undefined {
  const name = secretId.replace(/^arn:[^:]*:secretsmanager:[^:]*:[^:]*:secret:/, '');
  if (Object.hasOwn(known, name)) return name;
  const withoutSuffix = name.replace(/-[A-Za-z0-9]{6}$/, '');
  return secretId.startsWith('arn:') && Object.hasOwn(known, withoutSuffix) ? withoutSuffix : undefined;
}
