import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ObjectWrite, WriteAnswer } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { ObjectAddress, ObjectFacts } from '../../transfer/transfer.ts';

export type StoredObject = { readonly bytes: Buffer; readonly facts: ObjectFacts; readonly write?: ObjectWrite };

export type Upload = {
  readonly write: ObjectWrite;
  readonly parts: Map<number, Buffer>;
  readonly initiatedAtMs: number;
};

/** All that a store in memory has. */
export type Contents = {
  readonly profile: ProviderProfile;
  readonly buckets: readonly string[];
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, Upload>;
  readonly nowMs: () => number;
};

type ObjectName = Pick<ObjectAddress, 'bucket' | 'key'>;

/** Throws NoSuchBucket. */
export function nameIn({ buckets }: Contents, { bucket, key }: ObjectName): string {
  if (!buckets.includes(bucket)) throw new TransferError('NoSuchBucket', `There is no bucket "${bucket}".`);
  return `${bucket}/${key}`;
}

export function objectAt(contents: Contents, name: ObjectName): StoredObject | undefined {
  return contents.objects.get(nameIn(contents, name));
}

/** Throws TargetExists. */
export function keepObject(contents: Contents, write: ObjectWrite, bytes: Buffer, etag: string): void {
  const name = nameIn(contents, write.target);
  if (write.onlyIfAbsent && contents.profile.overwriteGuard !== 'none' && contents.objects.has(name))
    throw new TransferError('TargetExists', `${name} is there.`);
  contents.objects.set(name, { bytes, write, facts: { bytes: bytes.length, etag, ...toldOf(write) } });
}

function toldOf({ headers, metadata, storageClass, encryption, tags }: ObjectWrite) {
  return {
    headers: { ...headers },
    metadata: { ...metadata },
    ...(storageClass === undefined ? {} : { storageClass }),
    ...(encryption === undefined ? {} : { encryption: encryption.type }),
    ...(tags === undefined ? {} : { tags, tagCount: Object.keys(tags).length }),
  };
}

/** All bytes of a body. Throws Unreachable if the body has more or fewer bytes than announced. */
export async function exactly(bytes: number, body: Readable, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const content = await buffer(body);
  if (content.length !== bytes)
    throw new TransferError('Unreachable', `${content.length} bytes came instead of ${bytes}.`);
  return content;
}

export function answerTo(write: ObjectWrite, content: Buffer): WriteAnswer {
  return { etag: etagOf(write, content), etagIsMd5: !isUnderKms(write) };
}

/** Under a key service, an ETag looks like an MD5 but is not. */
export function etagOf(write: ObjectWrite, content: Buffer): string {
  return isUnderKms(write) ? md5(Buffer.concat([Buffer.from('sealed'), content])) : md5(content);
}

function isUnderKms({ encryption }: ObjectWrite): boolean {
  return encryption?.type === 'aws:kms';
}

export function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
