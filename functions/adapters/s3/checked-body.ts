import { createHash } from 'node:crypto';
import { addAbortSignal, type Readable } from 'node:stream';
import type { ChecksumAlgorithm, S3Client } from '@aws-sdk/client-s3';
import { TransferError } from '../../transfer/errors.ts';
import type { UploadChecksum } from '../../transfer/proof.ts';
import { foreignText } from '../../transfer/values/foreign-text.ts';
import { HELD_BYTES_MAX } from '../../transfer/values/part-checksum.ts';
import { MiB } from '../../transfer/values/sizes.ts';
import type { StoreCall } from './failure.ts';
import type { S3Store } from './target.ts';

// All parts in one Lambda that wait in memory for their checksums. It has 1 GiB.
const ALL_IN_MEMORY_BYTES_MAX = 512 * MiB;
let inMemoryBytes = 0;

const REFUSAL_CHARACTERS = 1000;

/** Buckets that require a checksum before the bytes. A client is kept between calls, and so is this knowledge. */
const insistent = new WeakMap<S3Client, Set<string>>();

export type Content = {
  readonly bucket: string;
  readonly body: Readable;
  readonly bytes: number;
  readonly checksum: UploadChecksum | undefined;
  readonly signal: AbortSignal;
};

/** The fields of PutObject and UploadPart that say what is sent and how it is checked. */
export type CheckedBody = {
  readonly Body: Readable | Buffer;
  readonly ContentLength: number;
  readonly ChecksumAlgorithm?: ChecksumAlgorithm;
  readonly ContentMD5?: string;
};

/**
 * Sends bytes with the checksum that the store requires. Only a refusal tells us that a bucket requires one. By then
 * the stream is used up, so this attempt fails as Incomplete. From the next attempt on, the bytes wait in memory until
 * their checksum is known.
 */
export async function sendChecked<T>(
  { client, profile, ask }: S3Store,
  call: StoreCall,
  content: Content,
  send: (body: CheckedBody) => Promise<T>,
): Promise<T> {
  const { bucket, body, bytes, checksum } = content;
  const known = insistent.get(client) ?? new Set();
  insistent.set(client, known);
  const how = known.has(bucket) ? 'header' : checksum === undefined ? 'none' : profile.partChecksum;
  if (how === 'header') return inMemory(call, content, (sent) => ask(call, () => send(sent)));
  const algorithm = checksum && how === 'trailer' ? algorithmOf(checksum) : {};
  try {
    return await ask(call, () => send({ Body: body, ContentLength: bytes, ...algorithm }));
  } catch (error) {
    if (!asksForChecksum(error)) throw error;
    known.add(bucket);
    const message = `${call.what}: the bucket requires a checksum before the bytes. Partway sends them again from memory.`;
    throw new TransferError('Incomplete', message, { cause: error });
  }
}

function algorithmOf(checksum: UploadChecksum): { ChecksumAlgorithm: ChecksumAlgorithm } {
  return { ChecksumAlgorithm: checksum.toUpperCase() as ChecksumAlgorithm };
}

async function inMemory<T>(call: StoreCall, content: Content, send: (body: CheckedBody) => Promise<T>): Promise<T> {
  const { bytes, body, checksum, signal } = content;
  if (bytes > HELD_BYTES_MAX)
    throw new TransferError(
      'InvalidRequest',
      `${call.what}: the bucket requires a checksum before the bytes, so each part must fit into memory. This part has ${bytes} bytes, and at most ${HELD_BYTES_MAX} are possible. Ask with a smaller \`partBytes\`.`,
    );
  if (inMemoryBytes + bytes > ALL_IN_MEMORY_BYTES_MAX)
    throw new TransferError('Throttled', `${call.what}: too many parts wait in memory for their checksum.`);
  inMemoryBytes += bytes;
  try {
    // If the source fails, this stream does not end by itself. The signal of the attempt ends it.
    const Body = await readAll(addAbortSignal(signal, body), bytes);
    // An upload that was begun without an algorithm takes only this checksum.
    const check = checksum ? algorithmOf(checksum) : { ContentMD5: createHash('md5').update(Body).digest('base64') };
    return await send({ Body, ContentLength: bytes, ...check });
  } finally {
    inMemoryBytes -= bytes;
  }
}

async function readAll(body: Readable, bytes: number): Promise<Buffer> {
  const all = Buffer.allocUnsafe(bytes);
  let read = 0;
  for await (const chunk of body) read += (chunk as Buffer).copy(all, read);
  return all.subarray(0, read);
}

/**
 * AWS: "Content-MD5 OR x-amz-checksum- HTTP header is required for Put Part requests with Object Lock parameters"
 * (s3tools/s3cmd#1436); MinIO: "Missing required header for this request: Content-Md5" (minio/minio cmd/api-errors.go).
 */
function asksForChecksum(error: unknown): boolean {
  const cause = error instanceof TransferError ? error.cause : undefined;
  const message = cause instanceof Error ? foreignText(cause.message, REFUSAL_CHARACTERS) : '';
  return /content-md5.*required|missing required header.*content-md5/i.test(message);
}
