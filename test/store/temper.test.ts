import { setTimeout as after } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListPartsCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import type { TemperedRequest } from '../temper/rules.ts';
import type { Temper } from '../temper/temper.ts';
import { tempered } from '../temper/tempered.ts';
import { BUCKET, bytesOf, complete, createUpload, freshStore, put, refusal, sendPart } from './running-store.ts';

const { s3, url } = await freshStore({ around: tempered() });

async function temper(rules: Temper | string, at = url) {
  const body = typeof rules === 'string' ? rules : JSON.stringify(rules);
  const answer = await fetch(`${at}/-/temper`, { method: 'PUT', body });
  return { status: answer.status, text: await answer.text() };
}

async function told() {
  const answer = await fetch(`${url}/-/temper`);
  return (await answer.json()) as { rules: { matched: number; met: number }[]; requests: TemperedRequest[] };
}

const slowDown = { kind: 'refuse', moment: 'before', status: 503, code: 'SlowDown' } as const;
const head = (Key: string, client = s3) => client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }));
const get = async (Key: string) => {
  const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ContentEncoding };
};

describe('the control of a temper', () => {
  it('does not exist in a store that was started without a temper', async () => {
    const plain = await freshStore();
    expect((await temper([], plain.url)).status).toBe(403);
  });

  it('refuses a rule with a mistake in it, and text that is not JSON', async () => {
    const slip = [{ operation: 'GetObject', time: 1, fault: slowDown }] as unknown as Temper;
    expect(await temper(slip)).toMatchObject({ status: 400, text: expect.stringContaining('time') });
    expect((await temper('no')).status).toBe(400);
    expect((await fetch(`${url}/-/temper`, { method: 'DELETE' })).status).toBe(405);
  });

  it('returns the requests, their outcomes and how often each rule was applied', async () => {
    await put(s3, 'told', 'x');
    await temper([{ operation: 'HeadObject', key: 'told', skip: 1, times: 1, fault: slowDown }]);
    await head('told');
    expect(await refusal(head('told'))).toMatch(/503/);
    await head('told');
    const { rules, requests } = await told();
    expect(rules).toMatchObject([{ matched: 3, met: 1 }]);
    expect(requests.slice(-3).map(({ outcome }) => outcome)).toEqual(['done', 'SlowDown', 'done']);
  });
});

describe('a fault', () => {
  it('before or after the body prevents the write, and a fault after the write leaves it done', async () => {
    const moments = { before: false, received: false, applied: true } as const;
    for (const [moment, isThere] of Object.entries(moments)) {
      await temper([{ operation: 'PutObject', times: 1, fault: { kind: 'reset', moment: moment as 'before' } }]);
      await expect(put(s3, `reset-${moment}`, bytesOf(5000))).rejects.toThrow();
      expect(
        await head(`reset-${moment}`)
          .then(() => true)
          .catch(() => false),
        moment,
      ).toBe(isThere);
    }
  });

  it('can pretend success, expire an upload and hide an error in a 200', async () => {
    await temper([{ operation: 'AbortMultipartUpload', times: 1, fault: { kind: 'pretend', status: 204 } }]);
    const upload = await createUpload(s3, 'kept');
    await s3.send(new AbortMultipartUploadCommand(upload));
    await sendPart(s3, upload, 1, bytesOf(2000));
    await put(s3, 'from', 'x');
    await temper([
      { operation: 'UploadPartCopy', fault: { kind: 'refuse', moment: 'before', status: 200, code: 'InternalError' } },
      { operation: 'ListParts', skip: 1, fault: { kind: 'expire' } },
    ]);
    const copy = new UploadPartCopyCommand({ ...upload, PartNumber: 2, CopySource: `${BUCKET}/from` });
    expect(await refusal(s3.send(copy))).toMatch(/^InternalError/);
    expect((await s3.send(new ListPartsCommand(upload))).Parts).toHaveLength(1);
    expect(await refusal(s3.send(new ListPartsCommand(upload)))).toBe('NoSuchUpload 404');
  });

  it('can refuse with a header, which is all that an answer to HEAD can have', async () => {
    const headers = { 'x-amz-bucket-region': 'eu-west-1' };
    const fault = { kind: 'refuse', moment: 'before', status: 301, code: 'PermanentRedirect', headers } as const;
    await temper([{ operation: 'HeadObject', fault }]);
    await expect(head('elsewhere')).rejects.toMatchObject({ $response: { statusCode: 301, headers } });
  });

  it('changes what a reader gets: another object, compressed bytes, more bytes, or no object', async () => {
    await put(s3, 'read', bytesOf(5000));
    await temper([{ operation: 'GetObject', times: 1, fault: { kind: 'gzip' } }]);
    expect((await get('read')).ContentEncoding).toBe('gzip');
    await temper([{ operation: 'GetObject', times: 1, fault: { kind: 'lengthen', bytes: 7, declared: true } }]);
    expect((await get('read')).bytes).toHaveLength(5007);
    await temper([{ operation: 'GetObject', times: 1, fault: { kind: 'rewrite', bytes: 10 } }]);
    expect((await get('read')).bytes).toHaveLength(10);
    await temper([{ operation: 'GetObject', times: 1, fault: { kind: 'remove' } }]);
    expect(await refusal(get('read'))).toBe('NoSuchKey 404');
  });

  it('holds one request until another is done, so that the first one finishes last', async () => {
    const until = { operation: 'UploadPart', partNumber: 7, done: 1 };
    const upload = await createUpload(s3, 'order');
    await temper([{ operation: 'UploadPart', times: 1, fault: { kind: 'wait', moment: 'received', until } }]);
    const first = sendPart(s3, upload, 7, bytesOf(2000, 1));
    while ((await told()).rules[0]?.met === 0) await after(10);
    await sendPart(s3, upload, 7, bytesOf(2000, 2));
    const { ETag } = await first;
    expect((await s3.send(new ListPartsCommand(upload))).Parts).toMatchObject([{ PartNumber: 7, ETag }]);
  });

  it('makes Complete send white space while it waits, and its answer can still be read', async () => {
    await temper([{ operation: 'CompleteMultipartUpload', fault: { kind: 'space', ms: 100 } }]);
    const upload = await createUpload(s3, 'space');
    const part = await sendPart(s3, upload, 1, bytesOf(2000));
    expect((await complete(s3, upload, [part])).Key).toBe('space');
  });
});
