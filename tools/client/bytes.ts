import type { Limiter } from '../../functions/engine/batch/limiter.ts';
import type { SignedWrite } from '../../functions/transfer/push.ts';
import type { PartKeeper } from './part-memory.ts';
import type { Clock } from './waiting.ts';

/** A part of what is pushed. It may be opened again: a part that failed is sent once more. */
export type PartBody = {
  readonly bytes: number;
  /** Pieces of about 1 MiB; a piece is good until the next one is asked for. Throws SourceChanged. */
  open(signal: AbortSignal): AsyncIterable<Uint8Array>;
  /** The same bytes in one piece, where they are in memory or in a Blob: a browser sends nothing else. */
  readonly content?: Blob | Uint8Array;
};

/** A file, or anything that can be read at any place. */
export type Bytes = {
  readonly bytes: number;
  /** Both ends are inclusive. */
  range(range: { readonly first: number; readonly last: number }): PartBody;
};

/** What was sent, as it was read, and what the store answered. */
export type Sent = { readonly etag: string; readonly crc32: number; readonly md5: string | undefined };

/** All bytes as the client has read them. The CRC32 is unknown where the service knows a part without one. */
export type Whole = { readonly bytes: number; readonly crc32: number | undefined };

/** CRC32 as zlib has it: of a piece that follows bytes whose CRC32 is `before`, 0 if left out. */
export type Crc32 = (piece: Uint8Array, before?: number) => number;

/** `digest` gives 32 hexadecimal digits. */
export type Md5 = { update(piece: Uint8Array): unknown; digest(form: 'hex'): string };

/** What Node and a browser do in different ways. The rest of a push is the same in both. */
export type Platform = {
  readonly crc32: Crc32;
  readonly md5: () => Md5 | Promise<Md5>;
  readonly put: Put;
  readonly clock: Clock;
  /** Where the parts of a stream may wait, besides memory. A page has no folder. */
  readonly partFolder?: (folder: string) => Promise<PartKeeper>;
};

/** Sends one part to its presigned URL. Throws Unreachable, Throttled, Expired, UploadLost, TargetExists, Refused, SourceChanged. */
export type Put = (signed: SignedWrite, body: PartBody, options: PutOptions) => Promise<Sent>;

export type PutOptions = {
  readonly withMd5: boolean;
  readonly signal: AbortSignal;
  /** What all parts of this client may send together. */
  readonly limit?: Limiter | undefined;
  /** Called with each piece that was handed to the network. */
  readonly onBytes: (bytes: number) => void;
};

export async function crc32Of(
  crc32: Crc32,
  body: PartBody,
  signal: AbortSignal = new AbortController().signal,
): Promise<number> {
  let crc = 0;
  for await (const piece of body.open(signal)) crc = crc32(piece, crc);
  return crc;
}

/** Reads a part for the sums that are told before it is sent. */
export async function sumsOf(
  { crc32, md5 }: Pick<Platform, 'crc32' | 'md5'>,
  body: PartBody,
  { withMd5, signal }: Pick<PutOptions, 'withMd5' | 'signal'>,
): Promise<{ readonly crc32: number; readonly md5?: string }> {
  const hash = withMd5 ? await md5() : undefined;
  let crc = 0;
  for await (const piece of body.open(signal)) {
    crc = crc32(piece, crc);
    hash?.update(piece);
  }
  return { crc32: crc, ...(hash && { md5: hash.digest('hex') }) };
}
