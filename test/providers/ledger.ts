import { combineSums, type Sums } from './sums.ts';
import { listedParts } from './tempers/rules.ts';
import type { Ask, PartSeen, Reply } from './tempers/temper.ts';

/** What the temper remembers besides the store: parts of open uploads, checksums, and all requests. */
export type Ledger = {
  partsOf(uploadId: string): ReadonlyMap<number, PartSeen>;
  sumsOf(name: string): Sums | undefined;
  note(request: Noted): void;
  /** Records a request with the store's own answer, before rules change it. */
  done(ask: Ask, reply: Reply, sums: Sums | undefined): void;
  asked(key: string, operation?: string): readonly Noted[];
  /** The ids of all uploads that were begun for one key. */
  begun(key: string): readonly string[];
};

export type Noted = Pick<Ask, 'operation' | 'key' | 'partNumber' | 'headers' | 'query'> & { readonly status: number };

export function openLedger(): Ledger {
  const uploads = new Map<string, Map<number, PartSeen>>();
  const checksums = new Map<string, Sums>();
  const requests: Noted[] = [];
  const begun: { key: string; uploadId: string }[] = [];
  const partsOf = (uploadId: string) => uploads.get(uploadId) ?? new Map<number, PartSeen>();
  const keep = (name: string, sums: Sums | undefined) => sums && checksums.set(name, sums);
  const doneBy: Record<string, (ask: Ask, reply: Reply, sums: Sums | undefined) => void> = {
    CreateMultipartUpload: ({ key }, { text }) =>
      begun.push({ key, uploadId: /<UploadId>(.*?)<\/UploadId>/.exec(text ?? '')?.[1] ?? '' }),
    UploadPart: ({ query: { uploadId = '' }, partNumber, bytes }, { headers }, sums) => {
      const parts = partsOf(uploadId);
      uploads.set(uploadId, parts.set(partNumber, { bytes, etag: headers.etag ?? '' }));
      keep(`${uploadId}#${partNumber}`, sums);
    },
    // We compute the length of a copied part from its range. Without a range it is the whole source, and we do not know it.
    UploadPartCopy: ({ query: { uploadId = '' }, partNumber, headers }, { text }) => {
      const [, first = 0, last = -1] = /^bytes=(\d+)-(\d+)$/.exec(headers['x-amz-copy-source-range'] ?? '') ?? [];
      const etag = /<ETag>(.*?)<\/ETag>/.exec(text ?? '')?.[1] ?? '';
      uploads.set(uploadId, partsOf(uploadId).set(partNumber, { bytes: Number(last) - Number(first) + 1, etag }));
    },
    PutObject: ({ bucket, key }, _, sums) => keep(`${bucket}/${key}`, sums),
    CompleteMultipartUpload: (ask) => {
      const { uploadId = '' } = ask.query;
      const crcs = listedParts(ask).flatMap((number) => checksums.get(`${uploadId}#${number}`) ?? []);
      if (crcs.length === ask.parts.size) keep(`${ask.bucket}/${ask.key}`, combineSums(crcs));
      uploads.delete(uploadId);
    },
    AbortMultipartUpload: ({ query: { uploadId = '' } }) => uploads.delete(uploadId),
  };
  return {
    partsOf,
    sumsOf: (name) => checksums.get(name),
    begun: (key) => begun.flatMap((each) => (each.key === key ? each.uploadId : [])),
    note: (request) => requests.push(request),
    done: (ask, reply, sums) => doneBy[ask.operation]?.(ask, reply, sums),
    asked: (key, operation) =>
      requests.filter((request) => request.key === key && (operation ?? request.operation) === request.operation),
  };
}
