import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { crc32 } from 'node:zlib';
import { expect, it } from 'vitest';
import type { SignedWrite } from '../../../functions/transfer/push.ts';
import { type Connect, PART_BYTES, readAll, uploaded, writeOf } from './under-test.ts';

const BYTES = 1000;

/** Sends bytes as a client does that was given a URL, and gives the status; 0 if the store hung up. */
function send({ url, headers }: SignedWrite, body: Buffer, more: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve) => {
    // A store may hang up after a refusal. The next request needs its own connection.
    const options = { agent: false, method: 'PUT', headers: { ...headers, ...more, 'content-length': body.length } };
    const sent = request(url, options, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0)).end(body);
  });
}

export function signsWrites(connect: Connect): void {
  it('takes a part by a signed URL as often as it is sent, and of another length never', async () => {
    const under = await connect();
    if (!under.signer) return;
    const { target } = writeOf(under.bucket, 'signed part');
    const { uploadId } = await uploaded(under, 'signed part', []);
    const signed = await under.signer.part({ target, uploadId, partNumber: 3, bytes: BYTES });
    expect(await send(signed, randomBytes(BYTES + 1))).not.toBe(200);
    expect(await send(signed, randomBytes(BYTES - 1))).not.toBe(200);
    for (let times = 0; times < 2; times += 1) expect(await send(signed, randomBytes(BYTES))).toBe(200);
    if (under.lists)
      expect(await under.store.listParts(target, uploadId)).toMatchObject([{ partNumber: 3, bytes: BYTES }]);
    await under.store.abortUpload(target, uploadId);
  });

  it('takes a part with its CRC32 in the URL, and other bytes not, if its profile says that it checks them', async () => {
    const under = await connect();
    if (!under.signer || under.store.profile.partChecksum === 'none') return;
    const { target } = writeOf(under.bucket, 'signed sum');
    const { uploadId } = await uploaded(under, 'signed sum', []);
    const bytes = randomBytes(BYTES);
    const part = { target, uploadId, partNumber: 1, bytes: BYTES };
    const signed = await under.signer.part(part, { crc32: crc32(bytes) });
    expect(await send(signed, randomBytes(BYTES))).toBe(400);
    if (under.lists) expect(await under.store.listParts(target, uploadId)).toEqual([]);
    expect(await send(signed, bytes)).toBe(200);
    await under.store.abortUpload(target, uploadId);
  });

  it('takes a part with its MD5 in the URL, and other bytes not, if its profile says that it checks it', async () => {
    const under = await connect();
    if (!under.signer || !under.store.profile.comparesContentMd5) return;
    const { target } = writeOf(under.bucket, 'signed MD5');
    const { uploadId } = await uploaded(under, 'signed MD5', []);
    const bytes = randomBytes(BYTES);
    const sums = { md5: createHash('md5').update(bytes).digest('hex') };
    const signed = await under.signer.part({ target, uploadId, partNumber: 1, bytes: BYTES }, sums);
    expect(await send(signed, randomBytes(BYTES))).toBe(400);
    const { 'content-md5': _, ...without } = signed.headers;
    expect(await send({ ...signed, headers: without }, randomBytes(BYTES))).toBe(403);
    if (under.lists) expect(await under.store.listParts(target, uploadId)).toEqual([]);
    expect(await send(signed, bytes)).toBe(200);
    await under.store.abortUpload(target, uploadId);
  });

  it('takes an object by a signed URL, with what goes beside it and nothing else', async () => {
    const under = await connect();
    if (!under.signer) return;
    const write = writeOf(under.bucket, `signed object ${Date.now()}`);
    const bytes = randomBytes(BYTES);
    const signed = await under.signer.object(write, BYTES);
    expect(await send(signed, bytes, { 'x-amz-meta-colour': 'red' })).not.toBe(200);
    expect(await send({ ...signed, headers: {} }, bytes)).not.toBe(200);
    expect(await under.store.inspect(write.target)).toBeUndefined();
    for (let times = 0; times < 2; times += 1) expect(await send(signed, bytes)).toBe(200);
    expect(await readAll(under, write.target.key)).toEqual(bytes);
    const { metadata, headers } = (await under.store.inspect(write.target))!;
    expect([metadata, headers.contentType]).toEqual([write.metadata, write.headers.contentType]);
  });

  it('asks nothing of the store when it signs, also for what is not there', async () => {
    const { signer } = await connect();
    if (!signer) return;
    const { target } = writeOf('no-such-bucket-here', 'x');
    const part = { target, uploadId: 'never begun', partNumber: 1, bytes: PART_BYTES };
    const [one, other] = await Promise.all([signer.part(part), signer.part(part)]);
    for (const { url } of [one, other]) expect(new URL(url).searchParams.get('uploadId')).toBe('never begun');
  });
}
