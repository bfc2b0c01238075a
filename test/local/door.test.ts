import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { servicesOf } from '../../tools/local/aws/services.ts';
import { type LocalTables, startTables } from '../../tools/local/aws/table.ts';
import type { Service } from '../../tools/local/door/door.ts';
import { readAssembly } from '../../tools/local/template/assembly.ts';
import { newCallers } from '../../tools/signed/callers.ts';
import type { Credentials } from '../../tools/signed/signature.ts';
import { type OpenDoor, openDoor } from './fixture/door.ts';
import { open, task } from './fixture/machine.ts';
import { Sha256 } from './fixture/sha256.ts';
import { synthesize } from './fixture/stack.ts';

const SECRET = 'the keys of a store';
const { tables: declared } = readAssembly(synthesize());
const TableName = declared[0]!.name;
const row = { pk: { S: 'T#1' }, sk: { S: 'TRANSFER' } };
let tables: LocalTables;
let services: readonly Service[];
let door: OpenDoor;

/** All services of the stack, so that this test covers new ones too. */
const { executions } = open({ Copy: task() }, async () => ({}));
const served = servicesOf({
  machines: () => [executions],
  putEvents: () => [],
  secrets: { 'partway/b': () => SECRET },
});

beforeAll(async () => {
  tables = await startTables(mkdtempSync(join(tmpdir(), 'partway-door-')), declared);
  services = [...served, tables.service];
  door = await openDoor(services);
  await client().send(new PutItemCommand({ TableName, Item: { ...row, etag: { S: 'mine' } } }));
});
afterAll(async () => {
  await door.close();
  await tables.stop();
});

const client = () => new DynamoDBClient(door.clientOf('Plan'));
const etagInRow = async () => (await client().send(new GetItemCommand({ TableName, Key: row }))).Item?.etag?.S;

type Message = {
  readonly target: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** Sends a request as any process on this computer could. `fetch` does not let us choose Host and Origin. */
async function send({ target, body, headers = {} }: Message): Promise<{ status: number; body: string }> {
  const { port } = door;
  const all = { host: door.host, 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target, ...headers };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, method: 'POST', headers: all }, resolve);
    request.on('error', reject).end(body);
  });
  expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  return { status: response.statusCode ?? 0, body: await text(response) };
}

type Signing = Message & {
  readonly service: string;
  readonly credentials?: Credentials;
  readonly date?: Date;
  readonly host?: string;
};

async function signed({ target, body, service, credentials, date, host }: Signing): Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials: credentials ?? door.callers.credentialsOf('Plan'),
    region: 'us-east-1',
    service,
    sha256: Sha256,
  });
  const headers = {
    host: host ?? door.host,
    'content-type': 'application/x-amz-json-1.0',
    'x-amz-target': target,
  };
  const request = new HttpRequest({ method: 'POST', path: '/', headers, body });
  return (await signer.sign(request, date === undefined ? {} : { signingDate: date })).headers;
}

/** Valid input for some operations, so that a successful attack would have an effect. */
const honest: Record<string, unknown> = {
  'secretsmanager.GetSecretValue': { SecretId: 'partway/b' },
  'AWSStepFunctions.StartExecution': { stateMachineArn: executions.stateMachineArn, input: '{}' },
  'DynamoDB_20120810.PutItem': { TableName, Item: { ...row, etag: { S: 'theirs' } } },
  'DynamoDB_20120810.DeleteItem': { TableName, Key: row },
};

function targetsOf(all: readonly Service[]): (Message & { service: string })[] {
  return all.flatMap(({ signingName, targetPrefix, operations }) =>
    Object.keys(operations).map((name) => {
      const target = `${targetPrefix}.${name}`;
      return { target, service: signingName, body: JSON.stringify(honest[target] ?? {}) };
    }),
  );
}

const names = [...served.map(({ signingName }) => signingName), 'dynamodb'];

describe.each(names)('the operations of %s', (signingName) => {
  const each = async (attack: (message: Message & { service: string }) => Promise<Message>) => {
    const messages = targetsOf(services.filter((service) => service.signingName === signingName));
    expect(messages.length).toBeGreaterThan(0);
    for (const message of messages) {
      const answer = await send(await attack(message));
      expect([message.target, answer.status]).toEqual([message.target, 403]);
      expect(answer.body).not.toContain(SECRET);
      expect(answer.body).not.toContain('mine');
    }
    expect(executions.list().items).toEqual([]);
    expect(await etagInRow()).toBe('mine');
  };

  it('are closed to a request without a signature', () => each(async (message) => message));

  it('are closed to well-known credentials', () =>
    each(async (message) => {
      const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
      return { ...message, headers: await signed({ ...message, credentials }) };
    }));

  it('are closed to a wrong secret, and to a right secret without its token', () =>
    each(async (message) => {
      const { accessKeyId, secretAccessKey, sessionToken } = door.callers.credentialsOf('Plan');
      const wrong = { accessKeyId, secretAccessKey: 'wrong', sessionToken };
      expect(await send({ ...message, headers: await signed({ ...message, credentials: wrong }) })).toMatchObject({
        status: 403,
      });
      return { ...message, headers: await signed({ ...message, credentials: { accessKeyId, secretAccessKey } }) };
    }));

  it('are closed to the credentials of another start', () =>
    each(async (message) => {
      const credentials = newCallers().credentialsOf('Plan');
      return { ...message, headers: await signed({ ...message, credentials }) };
    }));

  it('are closed to a signature for another service', () =>
    each(async (message) => ({ ...message, headers: await signed({ ...message, service: 's3' }) })));

  it('are closed to a signature for another operation', () =>
    each(async (message) => {
      const headers = await signed({ ...message, target: 'AWSEvents.Another' });
      return { ...message, headers: { ...headers, 'x-amz-target': message.target } };
    }));

  it('are closed to a signed request with another body, and to a request whose body was not signed', () =>
    each(async (message) => {
      const headers = await signed({ ...message, body: '{}x' });
      expect(await send({ ...message, headers })).toMatchObject({ status: 403 });
      // The client did not sign the digest, so the service must check the body itself.
      const digest = createHash('sha256').update(message.body).digest('hex');
      return { ...message, headers: { ...headers, 'x-amz-content-sha256': digest } };
    }));

  it('are closed to a signature that is older than 15 minutes', () =>
    each(async (message) => {
      const date = new Date(Date.now() - 16 * 60_000);
      return { ...message, headers: await signed({ ...message, date }) };
    }));

  it('are closed to a page whose host name points to 127.0.0.1, even with a right signature', () =>
    each(async (message) => ({
      ...message,
      headers: await signed({ ...message, host: `evil.example:${door.port}` }),
    })));

  it.each(['https://evil.example', 'null', 'http://127.0.0.1'])(
    'are closed to the page %s, even with a right signature',
    (origin) => each(async (message) => ({ ...message, headers: { ...(await signed(message)), origin } })),
  );
});

describe('the door', () => {
  it('is open to a function with its own signature', async () => {
    const message = { target: 'secretsmanager.GetSecretValue', body: JSON.stringify({ SecretId: 'partway/b' }) };
    const answer = await send({ ...message, headers: await signed({ ...message, service: 'secretsmanager' }) });
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([200, { SecretString: SECRET }]);
  });

  it.each([
    ['no signature', 'MissingAuthenticationTokenException', async () => ({})],
    [
      'keys that nobody has',
      'UnrecognizedClientException',
      (message: Signing) => signed({ ...message, credentials: { accessKeyId: 'A', secretAccessKey: 'B' } }),
    ],
    [
      'a wrong secret',
      'InvalidSignatureException',
      (message: Signing) =>
        signed({ ...message, credentials: { ...door.callers.credentialsOf('Plan'), secretAccessKey: 'B' } }),
    ],
  ])('answers %s with the error name of AWS', async (_what, name, headersOf) => {
    const message = { target: 'DynamoDB_20120810.GetItem', body: '{}', service: 'dynamodb' };
    const answer = await send({ ...message, headers: await headersOf(message) });
    expect(JSON.parse(answer.body)).toMatchObject({ __type: name });
  });

  it('refuses a preflight', async () => {
    const headers = { origin: 'https://evil.example', 'access-control-request-method': 'POST', host: door.host };
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const request = httpRequest({ host: '127.0.0.1', port: door.port, method: 'OPTIONS', headers }, resolve);
      request.on('error', reject).end();
    });
    response.resume();
    expect(response.statusCode).toBe(403);
    expect(response.headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('gives every function its own credentials, and new ones at each start', () => {
    const [one, other] = [newCallers(), newCallers()];
    const all = [one.credentialsOf('Plan'), one.credentialsOf('Copy'), other.credentialsOf('Plan')];
    for (const field of ['accessKeyId', 'secretAccessKey', 'sessionToken'] as const)
      expect(new Set(all.map((each) => each[field])).size).toBe(3);
    expect(one.credentialsOf('Plan')).toBe(all[0]);
    expect(one.nameOf(all[1]!.accessKeyId)).toBe('Copy');
    expect(one.nameOf(all[2]!.accessKeyId)).toBeUndefined();
  });
});
