import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, describe, expect, it } from 'vitest';
import { lockFolder } from '../../tools/leases/lock.ts';
import { type StoreOptions, startStore } from '../../tools/store/server.ts';
import {
  BUCKET,
  bytesOf,
  clientOf,
  complete,
  createUpload,
  md5,
  optionsFor,
  put,
  putInParts,
  refusal,
  sendPart,
} from './running-store.ts';

const MAIN = join(import.meta.dirname, '../../tools/store/main.ts');
const directory = await mkdtemp(join(tmpdir(), 'partway-store-'));
const children = new Set<ChildProcess>();
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
});

async function spawnStore(changes: Partial<StoreOptions> = {}) {
  const options = { ...optionsFor(directory), ...changes };
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PARTWAY_STORE_OPTIONS: JSON.stringify(options) },
  });
  children.add(child);
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  const line = await new Promise<string>((resolve) => child.stdout.once('data', (data) => resolve(String(data))));
  const { url } = JSON.parse(line) as { url: string };
  return { child, ended, url, s3: clientOf(url) };
}

describe('a store that is killed', () => {
  it('keeps every write that it has confirmed, and nothing of a write that was not finished', async () => {
    const first = await spawnStore();
    await put(first.s3, 'object', 'kept');
    await put(first.s3, 'deleted', 'gone');
    await first.s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'deleted' }));
    const done = await putInParts(first.s3, 'in-parts', [bytesOf(2000, 1), bytesOf(2000, 2)]);
    const upload = await createUpload(first.s3, 'open', { ContentType: 'text/x-open' });
    const part = await sendPart(first.s3, upload, 1, bytesOf(2000));
    const aborted = beginPart(await getSignedUrl(first.s3, new UploadPartCommand({ ...upload, PartNumber: 2 })));
    await expect.poll(() => readdir(join(directory, 'pieces'))).toHaveLength(5);
    first.child.kill('SIGKILL');
    expect(await first.ended).toBe('SIGKILL');
    await aborted.ended;
    expect(await readdir(join(directory, 'pieces'))).toHaveLength(5);

    const second = await spawnStore();
    const { Body } = await second.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'object' }));
    expect(await Body!.transformToString()).toBe('kept');
    const gone = second.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'deleted' }));
    expect(await refusal(gone)).toBe('NotFound 404');
    const { Parts } = await second.s3.send(new ListPartsCommand(upload));
    expect(Parts!.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }))).toEqual([{ PartNumber: 1, ETag: part.ETag }]);
    expect((await complete(second.s3, done.upload, done.parts)).ETag).toBe(done.answer.ETag);
    await complete(second.s3, upload, [part, await sendPart(second.s3, upload, 2, bytesOf(500, 2))]);
    const whole = await second.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'open' }));
    const expected = md5(Buffer.concat([bytesOf(2000), bytesOf(500, 2)]));
    expect([md5(Buffer.from(await whole.Body!.transformToByteArray())), whole.ContentType]).toEqual([
      expected,
      'text/x-open',
    ]);
    const { Uploads = [] } = await second.s3.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
    expect(Uploads).toEqual([]);
    // The new store has deleted the half-sent part. Two objects of two parts each and one in one piece are left.
    expect(await readdir(join(directory, 'pieces'))).toHaveLength(5);
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });

  it('returns either the old object or the new one, whenever the kill came', async () => {
    for (let round = 0; round < 6; round += 1) {
      const store = await spawnStore();
      const before = await put(store.s3, 'replaced', bytesOf(100_000, round * 2 + 1));
      const after = `"${md5(bytesOf(100_000, round * 2 + 2))}"`;
      const replacing = put(store.s3, 'replaced', bytesOf(100_000, round * 2 + 2)).catch(() => 'cut off');
      await new Promise((resolve) => setTimeout(resolve, round * 2));
      store.child.kill('SIGKILL');
      await store.ended;
      const answered = await replacing;
      const next = await spawnStore();
      const { ETag, Body } = await next.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'replaced' }));
      expect([before, after]).toContain(ETag);
      if (answered === after) expect(ETag).toBe(after);
      expect(`"${md5(Buffer.from(await Body!.transformToByteArray()))}"`).toBe(ETag);
      next.child.kill('SIGKILL');
      await next.ended;
    }
  });
});

describe('a store whose computer lost its power', () => {
  it.each([
    ['the record of a part is empty', 'uploads', ''],
    ['the record of a part has zeros', 'uploads', '\0'.repeat(300)],
    ['the bytes of a part are not there', 'pieces', ''],
    ['the bytes of a part were cut off', 'pieces', bytesOf(1000)],
  ])('forgets a part if %s, and takes it again', async (_, where, content) => {
    const own = await mkdtemp(join(tmpdir(), 'partway-store-'));
    const first = await startStore(optionsFor(own));
    const upload = await createUpload(clientOf(first.url), 'open');
    const kept = await sendPart(clientOf(first.url), upload, 1, bytesOf(2000));
    const before = new Set(await readdir(join(own, 'pieces')));
    await sendPart(clientOf(first.url), upload, 2, bytesOf(3000));
    await first.close();
    const piece = (await readdir(join(own, 'pieces'))).find((name) => !before.has(name))!;
    const record = join(own, 'buckets', BUCKET, 'uploads', upload.UploadId, '2.json');
    await writeFile(where === 'pieces' ? join(own, 'pieces', piece) : record, content);
    const second = await startStore(optionsFor(own));
    const s3 = clientOf(second.url);
    const { Parts = [] } = await s3.send(new ListPartsCommand(upload));
    expect(Parts.map(({ PartNumber }) => PartNumber)).toEqual([1]);
    const { ETag } = await complete(s3, upload, [kept, await sendPart(s3, upload, 2, bytesOf(3000))]);
    expect(ETag).toMatch(/-2"$/);
    await second.close();
    await rm(own, { recursive: true });
  });

  it('starts although an event that was on its way is damaged', async () => {
    const own = await mkdtemp(join(tmpdir(), 'partway-store-'));
    const options = { ...optionsFor(own), notifyUrl: 'http://127.0.0.1:1/' };
    const first = await startStore(options);
    await put(clientOf(first.url), 'object', 'kept');
    await first.close();
    const [name] = await readdir(join(own, 'outbox'));
    await writeFile(join(own, 'outbox', name!), '');
    const second = await startStore(options);
    expect(await readdir(join(own, 'outbox'))).toEqual([]);
    await second.close();
    await rm(own, { recursive: true });
  });
});

describe('the process of a store', () => {
  it('ends by itself when its parent process has ended', async () => {
    const store = await spawnStore();
    store.child.stdin.end();
    expect(await store.ended).toBe(0);
  });

  it('refuses a directory that another store uses', async () => {
    const store = await spawnStore();
    await expect(startStore(optionsFor(directory))).rejects.toMatchObject({
      name: 'FolderInUse',
      message: expect.stringContaining(`process ${store.child.pid} `),
    });
    store.child.kill('SIGKILL');
    await store.ended;
    await (await startStore(optionsFor(directory))).close();
  });

  it('waits for another store that is about to end, as after a kill of the stack', async () => {
    const ending = lockFolder(directory);
    const starting = spawnStore();
    await after(1000); // long enough for several refusals
    ending();
    const store = await starting;
    store.child.stdin.end();
    expect(await store.ended).toBe(0);
  });

  it('removes an upload at its start if the upload’s object exists, because it died between the two', async () => {
    const first = await spawnStore();
    const upload = await createUpload(first.s3, 'between');
    const part = await sendPart(first.s3, upload, 1, bytesOf(2000));
    const uploads = join(directory, 'buckets', BUCKET, 'uploads');
    await cp(join(uploads, upload.UploadId), join(directory, 'copy'), { recursive: true });
    const { ETag } = await complete(first.s3, upload, [part]);
    first.child.kill('SIGKILL');
    await first.ended;
    await cp(join(directory, 'copy'), join(uploads, upload.UploadId), { recursive: true });
    const second = await spawnStore();
    expect(await refusal(second.s3.send(new ListPartsCommand(upload)))).toBe('NoSuchUpload 404');
    expect((await complete(second.s3, upload, [part])).ETag).toBe(ETag);
    const { ContentLength } = await second.s3.send(new HeadObjectCommand({ Bucket: BUCKET, Key: 'between' }));
    expect(ContentLength).toBe(2000);
    second.child.kill('SIGKILL');
    await second.ended;
  });

  it('refuses to start if it cannot read a record, and does not delete the bytes that belong to it', async () => {
    const own = await mkdtemp(join(tmpdir(), 'partway-store-'));
    const store = await startStore(optionsFor(own));
    await put(clientOf(store.url), 'object', 'kept');
    await store.close();
    const objects = join(own, 'buckets', BUCKET, 'objects');
    const [name] = await readdir(objects);
    await writeFile(join(objects, name!), '{"key":');
    await expect(startStore(optionsFor(own))).rejects.toMatchObject({
      name: 'FolderUnusable',
      message: expect.stringContaining(`${join(objects, name!)} is damaged`),
    });
    expect(await readdir(join(own, 'pieces'))).toHaveLength(1);
    await rm(own, { recursive: true });
  });
});

/** Sends half of a part and then waits. */
function beginPart(signed: string) {
  const ended = new Promise<void>((resolve) => {
    const request = httpRequest(signed, { method: 'PUT', headers: { 'content-length': 8_000_000 } });
    request.on('error', () => resolve());
    request.write(bytesOf(4_000_000));
  });
  return { ended };
}
