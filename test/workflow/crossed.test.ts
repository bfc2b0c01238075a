import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { oneStore, PART, transferOf } from './one-store.ts';
import { requestFor } from './request.ts';

const target = { endpoint: 'b', bucket: 'data', key: 'y' };
const ways = [
  'streamed',
  'copied in the store',
  'adopted',
  'streamed as one request',
  'copied as one request',
] as const;
const seals = ['its own keys', 'a key service'] as const;
const verifications = ['published', 'read-back'] as const;
const overwrites = ['always', 'never', 'if-different'] as const;

type Crossing = {
  readonly way: (typeof ways)[number];
  readonly seal: (typeof seals)[number];
  readonly lists: boolean;
  readonly verify: (typeof verifications)[number];
  readonly overwrite: (typeof overwrites)[number];
};

const crossings: Crossing[] = ways
  .flatMap((way) => seals.flatMap((seal) => [true, false].map((lists) => ({ way, seal, lists }))))
  // An adopted upload has its encryption already, and its parts must be listed. One request has no parts to list.
  .filter(({ way, seal, lists }) => way !== 'adopted' || (lists && seal === 'its own keys'))
  .filter(({ way, lists }) => lists || !way.endsWith('request'))
  .flatMap((each) =>
    verifications.flatMap((verify) => overwrites.map((overwrite) => ({ ...each, verify, overwrite }))),
  );

/** Begins an upload that is not ours, with one part. */
async function begunElsewhere({ w, content }: ReturnType<typeof oneStore>): Promise<string> {
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const uploadId = await w.to.beginUpload(write);
  const first = Readable.from([content.subarray(0, PART)], { objectMode: false });
  await w.to.writePart({ target, uploadId, partNumber: 1, bytes: PART }, first, new AbortController().signal);
  return uploadId;
}

describe('An object arrives, and its receipt agrees with itself and with the plan,', () => {
  const name = 'if it is $way, encrypted with $seal, parts are listed: $lists, verify $verify, overwrite $overwrite';
  it.each(crossings)(name, async ({ way, seal, lists, verify, overwrite }) => {
    const one = oneStore();
    const { w, content, watching } = one;
    const isAdopted = way === 'adopted';
    const isSealed = seal === 'a key service';
    const isWhole = way.endsWith('request');
    if (!lists) watching(() => ({ listParts: async () => undefined }));
    const asked: Partial<TransferRequestInput> = {
      source: { endpoint: 'b', bucket: 'data', key: 'x' },
      verify,
      overwrite,
      partsAtOnce: 1,
      ...(isSealed ? { encryption: { type: 'aws:kms' as const } } : {}),
      ...(isWhole ? { multipartThresholdBytes: 9 * PART } : {}),
      ...(way.startsWith('streamed') ? { serverSideCopy: 'never' as const } : {}),
      ...(isAdopted ? { resumeFrom: { uploadId: await begunElsewhere(one), partBytes: PART } } : {}),
    };
    const planned = await explainTransfer(w.ports)(requestFor(asked));
    const end = await w.run(requestFor(asked));
    expect(end).toMatchObject({ status: 'SUCCEEDED' });
    expect([w.to.get('data', 'y'), w.to.openUploads()]).toEqual([content, []]);
    const { receipt, copiesInStore, plan } = await transferOf(w, end);
    expect([planned.copiesInStore, planned.plan]).toEqual([copiesInStore, plan]);
    const copied = receipt?.copiedInStore?.parts ?? 0;
    const mayCopy = way.startsWith('copied') && (isWhole ? overwrite !== 'never' : lists);
    expect(copied).toBe(mayCopy ? plan?.partCount : 0);
    // There is no MD5 on the receipt if a key service encrypts or if we sent nothing, and no CRC32 of bytes that we never read.
    const proofs = receipt?.proofs.join('; ') ?? '';
    if (isSealed) expect(proofs).not.toMatch(/MD5|computed|ETag, the source's/);
    if (mayCopy) expect(proofs).not.toMatch(/MD5|computed/);
    const isRead = verify === 'read-back';
    expect(proofs.includes('each part read back, CRC32')).toBe(isRead);
    expect(receipt?.crc32 !== undefined).toBe(isRead || !(mayCopy || isAdopted));
    expect(receipt?.bytesReadBack).toBe(isRead ? content.length : 0);
    expect(receipt?.bytesSent).toBe(content.length - (mayCopy ? content.length : 0) - (isAdopted ? PART : 0));
    // The receipt calls the object either proven or unproven, never both.
    expect(receipt?.unproven.join().includes('ask with `verify')).toBe(
      !isRead && !/ETag, (computed|the source's)|target's CRC/.test(proofs) && !(isWhole && proofs.includes('MD5')),
    );
  });
});
