import { randomBytes } from 'node:crypto';
import { GetObjectTaggingCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { temperedStore } from '../faults/tempered-store.ts';
import type { TemperRule } from '../temper/temper.ts';

type Fault = TemperRule['fault'];
const signal = AbortSignal.timeout(60_000);
const target = { endpoint: 'b', bucket: 'data', key: 'y' };
const write = { target, headers: {}, metadata: { a: 'b' }, storageClass: undefined, onlyIfAbsent: false };
const source = { bucket: 'data', key: 'x', etag: undefined };
const hidden = (code: string) => `<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>no</Message></Error>`;
const refuse = (status: number, code: string): Fault => ({ kind: 'refuse', moment: 'before', status, code });

async function copying(fault?: Fault) {
  const store = await temperedStore();
  const adapter = s3Target(store.client, profiles.aws);
  const bytes = randomBytes(1000);
  await store.put('x', bytes, { Tagging: 't=1' });
  const uploadId = await adapter.beginUpload(write);
  if (fault) await store.temper(['UploadPartCopy', 'CopyObject'].map((operation) => ({ operation, fault })));
  const part = { target, uploadId, partNumber: 1, bytes: 1000 };
  const both = {
    part: () => adapter.copyPart(part, source, undefined, signal),
    object: () => adapter.copyObject(write, source, signal),
  };
  return { store, bytes, both };
}

describe('A copy that the store makes by itself', () => {
  it.each<[string, string, Fault]>([
    ['Unreachable', 'an internal error in a 200', refuse(200, 'InternalError')],
    ['Throttled', 'a request to slow down in a 200', refuse(200, 'SlowDown')],
    ['Refused', 'a refusal in a 200', refuse(200, 'AccessDenied')],
    ['Unreachable', 'an error with a line feed after it', { kind: 'answer', text: `${hidden('InternalError')}\n` }],
    ['Unreachable', 'a 200 with an empty body', { kind: 'answer', text: '' }],
    ['Unreachable', 'a result without an ETag', { kind: 'answer', text: '<CopyPartResult></CopyPartResult>' }],
    ['InvalidRequest', '501', refuse(501, 'NotImplemented')],
    ['InvalidRequest', '405', refuse(405, 'MethodNotAllowed')],
    ['Refused', '403', refuse(403, 'AccessDenied')],
    ['SourceChanged', '412', refuse(412, 'PreconditionFailed')],
    ['SourceChanged', 'a version that is gone', refuse(404, 'NoSuchVersion')],
    ['SourceMissing', 'NoSuchKey, which says nothing about the upload', refuse(404, 'NoSuchKey')],
    ['UploadLost', 'NoSuchUpload', refuse(404, 'NoSuchUpload')],
    ['Unreachable', 'a broken connection', { kind: 'reset', moment: 'applied' }],
  ])('is %s after %s, as a part and as an object', async (name, _what, fault) => {
    const { both } = await copying(fault);
    await expect(both.part()).rejects.toMatchObject({ name });
    await expect(both.object()).rejects.toMatchObject({ name });
  });

  it('succeeds even if the store sends white space for a while first', async () => {
    const { both, bytes, store } = await copying({ kind: 'space', ms: 500 });
    expect((await both.part()).etag).toBe((await both.object()).etag);
    expect(await store.get('y')).toEqual(bytes);
  });

  it('does not copy the source’s tags, because a stream does not either', async () => {
    const { both, store } = await copying();
    await both.object();
    const { TagSet } = await store.client.send(new GetObjectTaggingCommand({ Bucket: 'data', Key: 'y' }));
    expect(TagSet).toEqual([]);
  });
});
