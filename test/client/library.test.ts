import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, openAsBlob, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { bearer, iam } from '../../tools/client/api/auth.ts';
import { Sha256 } from '../../tools/client/api/sha256.ts';
import { blobFile } from '../../tools/client/blob-file.ts';
import { crc32 } from '../../tools/client/browser/crc32.ts';
import { crc32Of } from '../../tools/client/bytes.ts';
import type * as library from '../../tools/client/library.ts';

/** `true` only if both have the same keys; anything else does not compile. */
type SameKeys<One, Other> = [keyof One, keyof Other] extends [keyof Other, keyof One] ? true : never;
/** Of a source in a store, or of no use to who has the bytes. */
type OfStores =
  | 'source'
  | 'target'
  | 'verifySource'
  | 'onSourceChange'
  | 'batchesAtOnce'
  | 'serverSideCopy'
  | 'requesterPays';

describe('The types of the library', () => {
  it('have all fields of a request and of a view', () => {
    const wishes: SameKeys<library.Wishes, Omit<TransferRequestInput, OfStores>> = true;
    const view: SameKeys<library.TransferView, TransferView> = true;
    const progress: SameKeys<library.Progress, TransferView['progress']> = true;
    expect([wishes, view, progress]).toEqual([true, true, true]);
  });
});

describe('The CRC32 of a page', () => {
  it('is that of zlib, however the bytes are cut and wherever they lie', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.nat(300), fc.nat(8), (content, at, offset) => {
        const moved = new Uint8Array(content.length + offset).subarray(offset);
        moved.set(content);
        const cut = Math.min(at, content.length);
        expect(crc32(moved.subarray(cut), crc32(moved.subarray(0, cut)))).toBe(zlibCrc32(content));
      }),
    );
  });
});

describe('SHA-256 by WebCrypto', () => {
  it('is that of Node, with and without a secret', async () => {
    const [content, secret] = [randomBytes(1000), randomBytes(40)];
    const plain = new Sha256();
    plain.update(content.subarray(0, 7));
    plain.update(content.subarray(7));
    const keyed = new Sha256(new Uint8Array(secret));
    keyed.update(content);
    expect(Buffer.from(await plain.digest())).toEqual(createHash('sha256').update(content).digest());
    expect(Buffer.from(await keyed.digest())).toEqual(createHmac('sha256', secret).update(content).digest());
  });
});

describe('A bearer token', () => {
  it('is asked for again with each call', async () => {
    let asked = 0;
    const auth = bearer(() => `token ${++asked}`);
    const request = { method: 'GET', url: new URL('https://x'), headers: { accept: 'y' }, body: undefined } as const;
    await auth(request);
    expect(await auth(request)).toEqual({ accept: 'y', authorization: 'Bearer token 2' });
  });

  it('and a signature go to no other computer over http://', async () => {
    const credentials = { accessKeyId: 'a', secretAccessKey: 's', sessionToken: 't' };
    const call = (url: string) => ({ method: 'GET', url: new URL(url), headers: {}, body: undefined }) as const;
    for (const auth of [bearer('token'), iam({ region: 'eu-central-1', credentials })]) {
      await expect(auth(call('http://api.example.org/transfers'))).rejects.toMatchObject({
        name: 'InvalidRequest',
        reached: false,
        message: expect.stringContaining('http://api.example.org: everybody on the way'),
      });
      for (const url of ['https://api.example.org/', 'http://127.0.0.1:1/', 'http://[::1]:1/'])
        expect(await auth(call(url))).toHaveProperty('authorization');
    }
  });
});

describe('A Blob', () => {
  it('is read in pieces, and knows its first and last MiB', async () => {
    const content = randomBytes(9 * MiB + 5);
    const file = new File([content], 'x', { lastModified: 7 });
    const { source, range, bytes } = await blobFile(zlibCrc32, file, file.name);
    expect(source.client).toEqual({
      name: 'x',
      bytes,
      modifiedMs: 7,
      fingerprint: { head: zlibCrc32(content.subarray(0, MiB)), tail: zlibCrc32(content.subarray(-MiB)) },
    });
    const pieces: Uint8Array[] = [];
    for await (const piece of range({ first: 3, last: bytes - 1 }).open(new AbortController().signal))
      pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(content.subarray(3));
    expect(pieces).toHaveLength(3);
  });

  it('whose file was written to meanwhile ends as SourceChanged', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'partway-blob-')), 'file');
    writeFileSync(path, 'before');
    const file = await blobFile(zlibCrc32, await openAsBlob(path), 'x');
    writeFileSync(path, 'afterwards');
    const reading = crc32Of(zlibCrc32, file.range({ first: 0, last: 5 }));
    await expect(reading).rejects.toMatchObject({ name: 'SourceChanged' });
  });
});
