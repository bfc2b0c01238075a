import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll } from 'vitest';
import { type StoreOptions, startStore } from '../../tools/store/server.ts';
import { type ChecksumAlgorithm, checksumAlgorithms } from '../../tools/store/state/checksums.ts';

export const BUCKET = 'test-bucket';
export const MiB = 1024 * 1024;
export const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };

export function optionsFor(directory: string): StoreOptions {
  return { directory, port: 0, ...credentials, region: 'us-east-1', buckets: [BUCKET], partBytesMin: 1024 };
}

/** Starts a store in its own directory. Both are removed at the end of the test file. */
export async function freshStore(changes: Partial<StoreOptions> = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'partway-store-'));
  const store = await startStore({ ...optionsFor(directory), ...changes });
  afterAll(async () => {
    await store.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  });
  return { directory, url: store.url, s3: clientOf(store.url), close: store.close };
}

/** A client that adds no checksum by itself, as Partway does for stores other than AWS. */
export function clientOf(url: string, changes: S3ClientConfig = {}): S3Client {
  return new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...changes,
  });
}

/** Bytes without a pattern, so that a test notices a shifted or swapped piece. */
export function bytesOf(count: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(count);
  let state = seed * 2654435761;
  for (let offset = 0; offset < count; offset += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[offset] = state >>> 24;
  }
  return bytes;
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}

export async function checksumOf(name: ChecksumAlgorithm, bytes: Buffer): Promise<string> {
  const checksum = checksumAlgorithms[name].start();
  checksum.update(bytes.subarray(0, 7));
  checksum.update(bytes.subarray(7));
  return checksum.digest();
}

export function streamOf(bytes: Buffer): Readable {
  const chunks: Buffer[] = [];
  for (let offset = 0; offset < bytes.length; offset += 10_000) chunks.push(bytes.subarray(offset, offset + 10_000));
  return Readable.from(chunks);
}

export async function put(s3: S3Client, Key: string, Body: Buffer | string): Promise<string> {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }));
  return ETag ?? '';
}

export async function createUpload(
  s3: S3Client,
  Key: string,
  more: Partial<CreateMultipartUploadCommandInput> = {},
): Promise<{ Bucket: string; Key: string; UploadId: string }> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key, ...more }));
  return { Bucket: BUCKET, Key, UploadId: UploadId! };
}

export type TestUpload = Awaited<ReturnType<typeof createUpload>>;

export async function sendPart(s3: S3Client, upload: TestUpload, PartNumber: number, Body: Buffer) {
  const answer = await s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
  const { ETag, ChecksumCRC32, ChecksumSHA256, ChecksumCRC64NVME } = answer;
  return { PartNumber, ETag, ChecksumCRC32, ChecksumSHA256, ChecksumCRC64NVME };
}

export function complete(
  s3: S3Client,
  upload: TestUpload,
  Parts: { PartNumber: number; ETag: string | undefined }[],
  more: Partial<CompleteMultipartUploadCommandInput> = {},
) {
  return s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts }, ...more }));
}

/** Uploads an object in parts with these bodies. */
export async function putInParts(s3: S3Client, key: string, bodies: readonly Buffer[]) {
  const upload = await createUpload(s3, key);
  const parts = [];
  for (const [index, body] of bodies.entries()) parts.push(await sendPart(s3, upload, index + 1, body));
  return { upload, parts, answer: await complete(s3, upload, parts) };
}

/** The code and the status of the error that a command ends with, or "succeeded". */
export async function refusal(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } };
    return `${name} ${$metadata?.httpStatusCode}`;
  }
  return 'succeeded';
}
