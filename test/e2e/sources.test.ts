import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { GetObjectCommand, PutObjectCommand, type StorageClass } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningStore, startStore } from '../../tools/store/server.ts';
import { type Listening, listening } from '../listening.ts';
import { clientOf } from '../store/running-store.ts';
import type { Temper } from '../temper/temper.ts';
import { tempered } from '../temper/tempered.ts';
import { finished, type StackProcess, startStackProcess } from './stack-process.ts';

const keys = { accessKeyId: 'owner', secretAccessKey: 'owner-secret' };
const compressed = gzipSync('a file that is kept as gzip');
const target = (key: string) => ({ endpoint: 'b', bucket: 'data', key });
let files: Listening;
let store: RunningStore;
let stack: StackProcess;

beforeAll(async () => {
  const server = createServer(({ url, headers }, response) => {
    const [first = 0, last = 0] = (headers.range?.match(/\d+/g) ?? []).map(Number);
    response.writeHead(206, {
      etag: '"v1"',
      'content-range': `bytes ${first}-${last}/${compressed.length}`,
      'content-type': 'text/csv',
      'content-encoding': 'gzip',
      'cache-control': 'max-age=60',
      'content-disposition': 'attachment; filename="x.csv"',
      'content-language': 'de',
      expires: url === '/dated' ? 'Wed, 21 Oct 2015 07:28:00 GMT' : '0',
    });
    response.end(compressed.subarray(first, last + 1));
  });
  files = await listening(server);
  const home = mkdtempSync(join(tmpdir(), 'partway-e2e-sources-'));
  const directory = join(home, 'theirs');
  store = await startStore({ directory, port: 0, ...keys, region: 'us-east-1', buckets: ['data'], around: tempered() });
  const own = { provider: 'aws', url: store.url, region: 'us-east-1', ...keys, allow: ['data'] };
  stack = await startStackProcess(join(home, 'stack'), {
    endpoints: { own, elsewhere: { ...own, region: 'eu-west-1' } },
    urlPolicy: { allowHttp: true, allowPrivateAddresses: true },
  });
});
afterEach(() => temper([]));
afterAll(async () => {
  await stack?.stop();
  await store?.close();
  await files?.close();
});

async function temper(rules: Temper): Promise<void> {
  const { status } = await fetch(`${store.url}/-/temper`, { method: 'PUT', body: JSON.stringify(rules) });
  expect(status).toBe(200);
}

/** What the plan says, and then what the transfer ends with: both are to say the same. */
async function refusedAlike(request: Parameters<StackProcess['api']['start']>[0]) {
  const planned = await stack.api.plan(request).then(
    () => undefined,
    (error) => error,
  );
  const view = await finished(stack, (await stack.api.start(request)).transferId);
  expect(view).toMatchObject({ state: 'failed', progress: { bytesSent: 0 } });
  expect(planned).toMatchObject({ name: view.failure?.name, message: view.failure?.message });
  return view;
}

describe('A file behind HTTP that is kept as gzip', () => {
  it.each([
    ['dated', 'Wed, 21 Oct 2015 07:28:00 GMT', []],
    ['undated', undefined, [{ what: 'expires', why: 'S3 takes only a date, and the source has "0"' }]],
  ])('arrives as it is kept, with the headers by which it is read: %s', async (path, expires, notCarried) => {
    const request = { source: { url: `${files.url}/${path}` }, target: target(path) };
    expect((await stack.api.plan(request)).notCarried).toEqual(notCarried);
    const view = await finished(stack, (await stack.api.start(request)).transferId);
    expect(view).toMatchObject({ state: 'copied', receipt: { notCarried } });
    const found = await stack.store('b').send(new GetObjectCommand({ Bucket: 'data', Key: path }));
    expect(await buffer(found.Body as Readable)).toEqual(compressed);
    expect(found).toMatchObject({
      ContentType: 'text/csv',
      ContentEncoding: 'gzip',
      CacheControl: 'max-age=60',
      ContentDisposition: 'attachment; filename="x.csv"',
      ContentLanguage: 'de',
    });
    expect(found.ExpiresString).toBe(expires);
  });
});

describe('A bucket of another region', () => {
  const redirect = { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'ap-east-1' } };

  it.each([
    ['with a 301', 'own', 'ap-east-1', redirect],
    ['by refusing the signature', 'elsewhere', 'us-east-1', undefined],
  ])('whose store says so %s is named, by plan, copy and check', async (how, endpoint, region, refusal) => {
    if (refusal) await temper([{ operation: '*', fault: { kind: 'refuse', moment: 'before', ...refusal } }]);
    const place = { endpoint, bucket: 'data', key: 'x' };
    await stack.store('a').send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body: 'x' }));
    const expected = { name: 'WrongRegion', message: expect.stringContaining(`in the region ${region}`) };
    const { failure: ofSource } = await refusedAlike({ source: place, target: target(how) });
    expect(ofSource).toMatchObject(expected);
    const { failure: ofTarget } = await refusedAlike({ source: { ...target('x'), endpoint: 'a' }, target: place });
    expect(ofTarget).toMatchObject(expected);
    const { checks } = await stack.api.checkEndpoint(endpoint);
    expect(checks.at(-1)).toMatchObject({
      failure: expect.stringContaining(region),
      advice: expect.stringMatching(/^The region is wrong/),
    });
  });
});

describe('An archived source', () => {
  const put = (StorageClass: StorageClass) =>
    clientOf(store.url, { credentials: keys }).send(
      new PutObjectCommand({ Bucket: 'data', Key: 'cold', Body: 'x', StorageClass }),
    );
  const request = (key: string) => ({
    source: { endpoint: 'own', bucket: 'data', key: 'cold' },
    target: target(key),
    multipartThresholdBytes: 0,
  });

  it('is refused before an upload is begun, and copied by a resume once it is restored', async () => {
    await put('DEEP_ARCHIVE');
    const { transferId, failure } = await refusedAlike(request('thawed'));
    expect(failure).toMatchObject({
      name: 'NotAllowed',
      message: 'own:data/cold cannot be read: it is archived (DEEP_ARCHIVE), and must be restored first.',
    });
    expect((await stack.api.uploads({ endpoint: 'b', bucket: 'data', prefix: 'thawed' })).uploads).toEqual([]);
    await put('STANDARD');
    const restored = { 'x-amz-storage-class': 'DEEP_ARCHIVE', 'x-amz-restore': 'ongoing-request="false"' };
    await temper([{ operation: 'HeadObject', fault: { kind: 'answer', headers: restored } }]);
    await stack.api.resume(transferId);
    // The header says `failed` until the redriven execution has claimed it.
    await expect.poll(async () => (await stack.api.describe(transferId)).state).toBe('copied');
  });
});
