import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startStore } from '../../tools/store/server.ts';
import type { ObjectCreatedEvent } from '../../tools/store/state/notifications.ts';
import { listeningInTest } from '../serving.ts';
import { BUCKET, bytesOf, clientOf, freshStore, md5, optionsFor, put, putInParts, refusal } from './running-store.ts';

async function listen(status: (event: ObjectCreatedEvent, attempt: number) => number) {
  const events: ObjectCreatedEvent[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const event = JSON.parse(Buffer.concat(chunks).toString()) as ObjectCreatedEvent;
    events.push(event);
    const attempt = events.filter((other) => other.id === event.id).length;
    response.writeHead(status(event, attempt)).end();
  });
  const { url, close } = await listeningInTest(server);
  return { events, close, url: `${url}/` };
}

it('the store sends an event for every new object, with the object’s key unchanged', async () => {
  const listener = await listen(() => 200);
  const { s3, directory } = await freshStore({ notifyUrl: listener.url });
  await put(s3, 'a b+é', 'x');
  await put(s3, 'a b+é', 'yy');
  await s3.send(
    new CopyObjectCommand({ Bucket: BUCKET, Key: 'copy', CopySource: `${BUCKET}/${encodeURIComponent('a b+é')}` }),
  );
  await putInParts(s3, 'parts', [bytesOf(2000, 1), bytesOf(5, 2)]);
  await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'copy' }));
  await expect.poll(() => listener.events).toHaveLength(4);
  const inOrder = listener.events.toSorted((left, right) =>
    left.detail.object.sequencer < right.detail.object.sequencer ? -1 : 1,
  );
  expect(inOrder.map(({ detail }) => [detail.reason, detail.object.key, detail.object.size])).toEqual([
    ['PutObject', 'a b+é', 1],
    ['PutObject', 'a b+é', 2],
    ['CopyObject', 'copy', 2],
    ['CompleteMultipartUpload', 'parts', 2005],
  ]);
  expect(inOrder[0]).toMatchObject({
    version: '0',
    'detail-type': 'Object Created',
    source: 'aws.s3',
    region: 'us-east-1',
    resources: [`arn:aws:s3:::${BUCKET}`],
    detail: {
      bucket: { name: BUCKET },
      object: { etag: md5(Buffer.from('x')), sequencer: expect.stringMatching(/^[0-9A-F]{16}$/) },
    },
  });
  await expect.poll(() => readdir(join(directory, 'outbox'))).toEqual([]);
});

it('the store repeats an event until the listener accepts it, and meanwhile delivers the other events', async () => {
  const listener = await listen((event, attempt) => (event.detail.object.key === 'refused' && attempt < 3 ? 500 : 204));
  const { s3, directory } = await freshStore({ notifyUrl: listener.url });
  await put(s3, 'refused', 'x');
  await put(s3, 'taken', 'x');
  await expect.poll(() => listener.events).toHaveLength(4);
  expect(listener.events.filter((event) => event.detail.object.key === 'taken')).toHaveLength(1);
  await expect.poll(() => readdir(join(directory, 'outbox'))).toEqual([]);
});

it('the store sends no event for an object that it refused', async () => {
  const listener = await listen(() => 200);
  const { s3, directory } = await freshStore({ notifyUrl: listener.url });
  await put(s3, 'taken', 'x');
  const again = new PutObjectCommand({ Bucket: BUCKET, Key: 'taken', Body: 'y', IfNoneMatch: '*' });
  expect(await refusal(s3.send(again))).toBe('PreconditionFailed 412');
  await expect.poll(() => readdir(join(directory, 'outbox'))).toEqual([]);
  expect(listener.events).toHaveLength(1);
});

it('a restarted store delivers the events that are left, and drops the event of an object that it never made', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'partway-store-'));
  afterAll(() => rm(directory, { recursive: true, force: true }));
  // Nobody listens on port 9 of this machine.
  const first = await startStore({ ...optionsFor(directory), notifyUrl: 'http://127.0.0.1:9/' });
  await put(clientOf(first.url), 'kept', 'x');
  await first.close();
  const outbox = join(directory, 'outbox');
  const [name] = await readdir(outbox);
  const event = JSON.parse(await readFile(join(outbox, name!), 'utf8')) as ObjectCreatedEvent;
  // The store now looks as if it died after it made the object and before it released the event. A second event looks as
  // if the store died before it made the object.
  await rename(join(outbox, name!), join(outbox, `${event.id}.announced`));
  const never = {
    ...event,
    id: 'never',
    detail: { ...event.detail, object: { ...event.detail.object, key: 'never' } },
  };
  await writeFile(join(outbox, 'never.announced'), JSON.stringify(never));

  const listener = await listen(() => 200);
  const second = await startStore({ ...optionsFor(directory), notifyUrl: listener.url });
  await expect.poll(() => readdir(outbox)).toEqual([]);
  await second.close();
  expect(listener.events.map((told) => told.detail.object.key)).toEqual(['kept']);
});
