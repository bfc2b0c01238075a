import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import type { TargetStore } from '../../functions/engine/ports/ports.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { MESSAGE_CHARACTERS_MAX } from '../../functions/transfer/values/foreign-text.ts';
import { answers, expectLawful, fuzzing, stranger } from './stranger.ts';

const target = { endpoint: 'b', bucket: 'b', key: 'k' };
const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
const part = { target, uploadId: 'u', partNumber: 1, bytes: 4 };
const source = { bucket: 'b', key: 'from', etag: 'v1' };
const signal = new AbortController().signal;
const body = () => Readable.from([Buffer.from('abcd')]);

/** Every call to a store, and what its answer must be if it has one. */
const calls: Record<string, (store: TargetStore) => Promise<void>> = {
  inspect: async (store) => {
    const facts = await store.inspect(target);
    if (facts) expect(Number.isSafeInteger(facts.bytes) && facts.bytes >= 0).toBe(true);
  },
  putObject: async (store) => expectEtag(await store.putObject(write, body(), 4, signal)),
  beginUpload: async (store) => expectShort(await store.beginUpload(write)),
  writePart: async (store) => expectEtag(await store.writePart(part, body(), signal)),
  copyPart: async (store) => expectEtag(await store.copyPart(part, source, { first: 0, last: 3 }, signal)),
  copyObject: async (store) => expectEtag(await store.copyObject(write, source, signal)),
  listParts: async (store) => {
    for (const { partNumber, bytes, etag } of (await store.listParts(target, 'u')) ?? []) {
      expect(Number.isInteger(partNumber) && partNumber >= 1 && partNumber <= 10_000).toBe(true);
      expect(Number.isSafeInteger(bytes) && bytes >= 0).toBe(true);
      expect(etag.length).toBeLessThanOrEqual(1024);
    }
  },
  listUploads: async (store) => {
    for (const { key, uploadId } of (await store.listUploads('b', '')) ?? []) {
      expect(key.length).toBeLessThanOrEqual(1024);
      expect(uploadId.length).toBeLessThanOrEqual(1024);
    }
  },
  completeUpload: (store) => store.completeUpload(write, 'u', [{ partNumber: 1, bytes: 4, etag: 'e' }]),
  abortUpload: (store) => store.abortUpload(target, 'u'),
};

function expectEtag({ etag }: { etag: string }): void {
  expectShort(etag);
}

function expectShort(text: string): void {
  expect(text.length).toBeGreaterThan(0);
  expect(text.length).toBeLessThanOrEqual(1024);
}

/** A store that answers each request as `answer` does. `asked` counts them. */
async function storeOf(answer: (socket: Socket, asked: number, head: string) => void) {
  let asked = 0;
  const { url } = await stranger((socket, head) => {
    asked += 1;
    answer(socket, asked, head);
  });
  const facts = { name: 'b', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['b'] };
  const client = s3Client(facts, profiles.aws, { accessKeyId: 'key', secretAccessKey: 'secret' });
  onTestFinished(() => client.destroy());
  return { store: s3Target(client, profiles.aws), asked: () => asked };
}

const head = (status: number, more = '') =>
  `HTTP/1.1 ${status} Said\r\ncontent-type: application/xml\r\nconnection: close\r\n${more}\r\n`;

/** A store whose every answer is this document. */
function storeSaying(status: number, document: string | ((asked: number) => string)) {
  return storeOf((socket, asked) =>
    socket.end(head(status) + (typeof document === 'string' ? document : document(asked))),
  );
}

const MiB = 1024 * 1024;

describe('A store that answers whatever it likes', () => {
  it.each(Object.keys(calls))('can only make %s fail by a name of our list', async (name) => {
    let answer: Buffer = Buffer.alloc(0);
    const { store } = await storeOf((socket) => socket.end(answer));
    const tried = fc.asyncProperty(answers, async (bytes) => {
      answer = bytes;
      await calls[name]?.(store).catch(expectLawful);
    });
    await fc.assert(tried, fuzzing);
  });
});

describe('A store that never ends its answer', () => {
  it.each(Object.keys(calls).flatMap((name) => [200, 403].map((status) => [name, status] as const)))(
    'ends %s, which was answered with %i, before memory does',
    async (name, status) => {
      let sent = 0;
      const { store } = await storeOf((socket) => {
        const piece = Buffer.alloc(64 * 1024, '<');
        const more = (): void => {
          if (socket.destroyed) return;
          sent += piece.length;
          if (socket.write(piece)) setImmediate(more);
          else socket.once('drain', more);
        };
        socket.write(head(status));
        more();
      });
      await calls[name]?.(store).catch(expectLawful);
      // Our limit, and what the buffers of two sockets hold.
      expect(sent).toBeLessThan(64 * MiB);
    },
  );
});

describe('A store whose text is made to be slow to read', () => {
  it.each([
    ['<'],
    ['<a>'],
    ['<!doctype x>'],
    ['<!doctype['],
    ['<LastModified>'],
    ['<Part></Part>'],
    ['content-md5 '],
    ['&#x41;'],
    ['    at a (b'],
    ['<a b="c" '],
  ])('such as many times %s costs no more than its length', async (piece) => {
    const long = piece.repeat(MiB / piece.length);
    for (const document of [long, `<Error><Code>A</Code><Message>${long}</Message></Error>`, `<R>${long}</R>`]) {
      for (const status of [200, 400]) {
        const { store } = await storeSaying(status, document);
        await calls.writePart?.(store).catch(expectLawful);
        await calls.listParts?.(store).catch(expectLawful);
      }
    }
  });
});

describe('A list', () => {
  const uploads = (marker: string, rows = '') =>
    `<R><IsTruncated>true</IsTruncated><NextKeyMarker>${marker}</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>${rows}</R>`;
  const parts = (rows: string, isTruncated = false) => `<R><IsTruncated>${isTruncated}</IsTruncated>${rows}</R>`;
  const row = (partNumber: string | number, bytes: string | number = 1) =>
    `<Part><PartNumber>${partNumber}</PartNumber><Size>${bytes}</Size><ETag>e</ETag></Part>`;

  it('of uploads that goes in a circle ends where it turns back', async () => {
    const { store, asked } = await storeSaying(200, (count) => uploads(count % 2 === 1 ? 'b' : 'a'));
    await expect(store.listUploads('b', '')).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining('does not go forward'),
    });
    expect(asked()).toBe(2);
  });

  it('of uploads that always goes on ends after a thousand pages', async () => {
    const { store, asked } = await storeSaying(200, (count) => uploads(String(count).padStart(6, '0')));
    await expect(store.listUploads('b', '')).rejects.toMatchObject({ name: 'Unreachable' });
    expect(asked()).toBe(1000);
  });

  it('of the uploads of one key that goes in a circle ends after a thousand pages', async () => {
    const { store, asked } = await storeSaying(200, (count) =>
      uploads('k').replace('>u<', count % 2 === 1 ? '>u1<' : '>u2<'),
    );
    await expect(store.listUploads('b', '')).rejects.toMatchObject({ name: 'Unreachable' });
    expect(asked()).toBe(1000);
  });

  it('of parts with one row on a page ends after a thousand pages', async () => {
    const { store, asked } = await storeSaying(200, (count) => parts(row(count), true));
    await expect(store.listParts(target, 'u')).rejects.toMatchObject({ name: 'Unreachable' });
    expect(asked()).toBe(1000);
  });

  it.each([['-1'], ['0'], ['NaN'], ['10001'], ['1.5'], ['1e3000'], ['99999999999999999999']])(
    'with a part of the number %s is not believed',
    async (partNumber) => {
      const { store } = await storeSaying(200, parts(row(partNumber)));
      await expect(store.listParts(target, 'u')).rejects.toMatchObject({ name: 'Unreachable' });
    },
  );

  it.each([['-1'], ['NaN'], ['1e3000']])('with a part of %s bytes is not believed', async (bytes) => {
    const { store } = await storeSaying(200, parts(row(1, bytes)));
    await expect(store.listParts(target, 'u')).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('with more rows on a page than were asked for is not believed', async () => {
    const rows = (one: string) => Array.from({ length: 1001 }, () => one).join('');
    const { store } = await storeSaying(200, parts(rows(row(1))));
    await expect(store.listParts(target, 'u')).rejects.toMatchObject({ name: 'Unreachable' });
    const upload = '<Upload><Key>k</Key><UploadId>u</UploadId></Upload>';
    const other = await storeSaying(200, `<R><IsTruncated>false</IsTruncated>${rows(upload)}</R>`);
    await expect(other.store.listUploads('b', '')).rejects.toMatchObject({ name: 'Unreachable' });
  });

  it('with a key that no store has is not believed', async () => {
    const { store } = await storeSaying(200, `<R><Upload><Key>${'k'.repeat(2000)}</Key></Upload></R>`);
    await expect(store.listUploads('b', '')).rejects.toMatchObject({ name: 'Unreachable' });
  });
});

describe('The message of a store', () => {
  const error = (code: string, message: string) => `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;

  it('of 200 KB is kept short, under the name that its status has', async () => {
    const { store } = await storeSaying(403, error('AccessDenied', 'no '.repeat(70_000)));
    const refused = await store.beginUpload(write).catch((thrown) => thrown);
    expect(refused).toMatchObject({ name: 'Refused', message: expect.stringContaining('403 AccessDenied: no no') });
    expect(refused.message.length).toBeLessThan(MESSAGE_CHARACTERS_MAX);
  });

  it('can be an answer of any length, whose status still counts', async () => {
    const { store } = await storeSaying(403, `<html>${'<p>Blocked by the firewall.</p>\n'.repeat(100_000)}</html>`);
    const message = expect.stringMatching(/403 not as S3 answers: Blocked by the firewall\./);
    await expect(store.beginUpload(write)).rejects.toMatchObject({ name: 'Refused', message });
  });

  it('cannot move the cursor of a terminal', async () => {
    const { store } = await storeSaying(400, error('Bad', 'a&#x1b;[2Jb&#x9b;2J&#x202e;c&#xa;d'));
    const message = expect.stringMatching(/: a \[2Jb 2J c d$/);
    await expect(store.beginUpload(write)).rejects.toMatchObject({ message });
  });

  it.each([['constructor'], ['__proto__'], ['toString'], ['<a>b</a>']])(
    'with the code %s has the name that its status has',
    async (code) => {
      const { store } = await storeSaying(403, error(code, 'No.'));
      await expect(store.beginUpload(write)).rejects.toMatchObject({ name: 'Refused' });
    },
  );
});
