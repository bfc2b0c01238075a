import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leaksBelow } from '../leaks.ts';
import { type Listening, listening } from '../listening.ts';
import { finished, logOf, type StackProcess, startStackProcess } from './stack-process.ts';

const TOKEN = 'X-Amz-Signature=5ec2e75ec2e75ec2e7';
let stack: StackProcess;
let server: Listening;

beforeAll(async () => {
  const files = createServer(({ url = '' }, response) => {
    if (url.startsWith('/refuses')) return response.writeHead(403).end(`not with ${url}`);
    if (url.startsWith('/redirects')) return response.writeHead(302, { location: `http://[?${TOKEN}` }).end();
    return response.writeHead(200).end(url);
  });
  server = await listening(files);
  const urlPolicy = { allowHttp: true, allowPrivateAddresses: true };
  stack = await startStackProcess(mkdtempSync(join(tmpdir(), 'partway-e2e-secrets-')), { urlPolicy });
});
afterAll(async () => {
  await stack.stop();
  await server.close();
});

describe('A presigned source URL', () => {
  it.each([
    ['/refuses', 'Refused'],
    ['/redirects to no URL', 'InvalidRequest'],
    ['/ignores ranges', 'InvalidRequest'],
  ])('that %s is in no log, no state and no answer', async (path, name) => {
    const { transferId } = await stack.api.start({
      source: { url: `${server.url}${encodeURI(path)}?${TOKEN}` },
      target: { endpoint: 'b', bucket: 'data', key: path.slice(1) },
      patienceSeconds: 0,
    });
    const view = await finished(stack, transferId);
    expect(view).toMatchObject({ state: 'failed', failure: { name } });
    expect(JSON.stringify(view)).not.toContain(TOKEN);
    expect(logOf(stack)).toContain(name);
    expect(leaksBelow(stack.home)).toEqual([]);
  });

  it('would be found by the search that ends each run of the tests', () => {
    const folder = mkdtempSync(join(tmpdir(), 'partway-leak-'));
    mkdirSync(join(folder, 'logs'));
    writeFileSync(join(folder, 'logs/functions.log'), `fine\nGET https://example.org/x?${TOKEN}\n`);
    writeFileSync(join(folder, 'identity.json'), JSON.stringify({ a: { secretAccessKey: 'key-of-the-store' } }));
    writeFileSync(join(folder, 'record.json'), '{"input":"key-of-the-store"}');
    expect(leaksBelow(folder)).toEqual([
      expect.stringContaining(TOKEN),
      expect.stringContaining('"input":"key-of-the-store"'),
    ]);
    rmSync(folder, { recursive: true });
  });
});
