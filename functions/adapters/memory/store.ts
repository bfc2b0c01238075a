import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { SourceStore, TargetStore } from '../../engine/ports/ports.ts';
import type { CopySource, ObjectWrite, OpenUpload, WriteAnswer } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { ObjectAddress, ObjectFacts } from '../../transfer/transfer.ts';

type StoredObject = { readonly bytes: Buffer; readonly facts: ObjectFacts; readonly write?: ObjectWrite };
// The page size of S3.
const UPLOADS_A_PAGE = 1000;

type Upload = { readonly write: ObjectWrite; readonly parts: Map<number, Buffer>; readonly initiatedAtMs: number };

export type MemoryStore = TargetStore & {
  put(bucket: string, key: string, bytes: Buffer, facts?: Partial<ObjectFacts>): void;
  get(bucket: string, key: string): Buffer | undefined;
  /** What was written beside the bytes. */
  written(bucket: string, key: string): ObjectWrite | undefined;
  openUploads(): string[];
  source(address: Pick<ObjectAddress, 'bucket' | 'key'>): SourceStore;
};

/**
 * A store in memory, for tests. It must pass the same suite as every real server. It has the buckets that it is given.
 */
export function memoryStore(
  profile: ProviderProfile,
  buckets: readonly string[],
  nowMs = () => Date.now(),
): MemoryStore {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();
  const inBucket = (bucket: string, key: string) => {
    if (!buckets.includes(bucket)) throw new TransferError('NoSuchBucket', `There is no bucket "${bucket}".`);
    return `${bucket}/${key}`;
  };
  const store = (write: ObjectWrite, bytes: Buffer, etag: string) => {
    const name = inBucket(write.target.bucket, write.target.key);
    if (write.onlyIfAbsent && profile.overwriteGuard !== 'none' && objects.has(name))
      throw new TransferError('TargetExists', `${name} is there.`);
    objects.set(name, { bytes, write, facts: { bytes: bytes.length, etag, ...toldOf(write) } });
  };
  const upload = (uploadId: string): Upload => {
    const found = uploads.get(uploadId);
    if (!found) throw new TransferError('UploadLost', `There is no upload ${uploadId}.`);
    return found;
  };
  const original = ({ bucket, key, etag }: CopySource): Buffer => {
    const object = objects.get(inBucket(bucket, key));
    if (!object) throw new TransferError('SourceMissing', `NoSuchKey: ${bucket}/${key}.`);
    if (etag !== undefined && object.facts.etag !== etag)
      throw new TransferError('SourceChanged', `PreconditionFailed: ${bucket}/${key}.`);
    return object.bytes;
  };
  return {
    profile,
    inspect: async ({ bucket, key }) => objects.get(inBucket(bucket, key))?.facts,
    putObject: async (write, body, bytes, signal) => {
      const content = await exactly(bytes, body, signal);
      store(write, content, etagOf(write, content));
      return answerTo(write, content);
    },
    beginUpload: async (write) => {
      inBucket(write.target.bucket, write.target.key);
      const uploadId = randomUUID();
      uploads.set(uploadId, { write, parts: new Map(), initiatedAtMs: nowMs() });
      return uploadId;
    },
    writePart: async ({ uploadId, partNumber, bytes }, body, signal) => {
      const { parts, write } = upload(uploadId);
      const content = await exactly(bytes, body, signal);
      upload(uploadId); // throws if the upload was aborted meanwhile: then the part is gone with it
      parts.set(partNumber, content);
      return answerTo(write, content);
    },
    copyPart: async ({ uploadId, partNumber }, source, range, signal) => {
      signal.throwIfAborted();
      const bytes = original(source);
      if (range && range.last >= bytes.length)
        throw new TransferError('InvalidRequest', 'The range ends past the end.');
      const content = range ? bytes.subarray(range.first, range.last + 1) : bytes;
      const { parts, write } = upload(uploadId);
      parts.set(partNumber, content);
      return answerTo(write, content);
    },
    copyObject: async (write, source, signal) => {
      signal.throwIfAborted();
      const content = original(source);
      store({ ...write, onlyIfAbsent: false }, content, etagOf(write, content));
      return answerTo(write, content);
    },
    listParts: async (_target, uploadId) => {
      const { parts, write } = upload(uploadId);
      const sorted = [...parts].sort(([one], [other]) => one - other);
      return sorted.map(([partNumber, content]) => ({
        partNumber,
        bytes: content.length,
        etag: etagOf(write, content),
      }));
    },
    completeUpload: async (write, uploadId, parts) => {
      const { parts: present, write: begun } = upload(uploadId);
      const sorted = [...parts].sort((one, other) => one.partNumber - other.partNumber);
      const contents = sorted.map(({ partNumber, etag }) => {
        const content = present.get(partNumber);
        if (!content || etagOf(begun, content) !== etag)
          throw new TransferError('Incomplete', `InvalidPart: part ${partNumber}.`);
        return content;
      });
      const digests = contents.map((content) => Buffer.from(etagOf(begun, content), 'hex'));
      const etag = `${md5(Buffer.concat(digests))}-${contents.length}`;
      store({ ...begun, onlyIfAbsent: write.onlyIfAbsent }, Buffer.concat(contents), etag);
      uploads.delete(uploadId);
    },
    listUploads: async (bucket, prefix) => openUploadsIn(uploads, bucket, prefix),
    uploadsPage: async (bucket, prefix, { keyMarker = '', uploadIdMarker = '' }) => {
      const rest = openUploadsIn(uploads, bucket, prefix).filter(
        ({ key, uploadId }) => key > keyMarker || (key === keyMarker && uploadId > uploadIdMarker),
      );
      const page = rest.slice(0, UPLOADS_A_PAGE);
      const last = rest.length > UPLOADS_A_PAGE ? page.at(-1) : undefined;
      return { uploads: page, next: last && { keyMarker: last.key, uploadIdMarker: last.uploadId } };
    },
    abortUpload: async (_target, uploadId) => {
      uploads.delete(uploadId);
    },
    put: (bucket, key, bytes, facts) => {
      const metadata = facts?.metadata ?? {};
      objects.set(inBucket(bucket, key), {
        bytes,
        facts: { bytes: bytes.length, etag: md5(bytes), headers: {}, ...facts, metadata },
      });
    },
    get: (bucket, key) => objects.get(inBucket(bucket, key))?.bytes,
    written: (bucket, key) => objects.get(inBucket(bucket, key))?.write,
    openUploads: () => [...uploads.keys()],
    source: ({ bucket, key }) => memorySource(() => objects.get(inBucket(bucket, key)), `${bucket}/${key}`),
  };
}

function memorySource(find: () => StoredObject | undefined, what: string): SourceStore {
  return {
    inspect: async () => find()?.facts,
    read: async (range, pin, signal) => {
      signal.throwIfAborted();
      const object = find();
      if (!object || object.facts.etag !== pin.etag || range.last >= object.bytes.length)
        throw new TransferError('SourceChanged', `${what} is no longer the one that was planned.`);
      return Readable.from(
        [object.bytes.subarray(range.first, range.last + 1)].filter((chunk) => chunk.length > 0),
        { objectMode: false },
      );
    },
  };
}

async function exactly(bytes: number, body: Readable, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const content = await buffer(body);
  if (content.length !== bytes)
    throw new TransferError('Unreachable', `${content.length} bytes came instead of ${bytes}.`);
  return content;
}

/** Ordered by key, and for one key by id, as S3 lists them. */
function openUploadsIn(uploads: ReadonlyMap<string, Upload>, bucket: string, prefix: string): OpenUpload[] {
  const found = [...uploads].flatMap(
    ([
      uploadId,
      {
        write: { target },
        initiatedAtMs,
      },
    ]) =>
      target.bucket === bucket && target.key.startsWith(prefix) ? [{ key: target.key, uploadId, initiatedAtMs }] : [],
  );
  return found.sort((one, other) =>
    one.key < other.key || (one.key === other.key && one.uploadId < other.uploadId) ? -1 : 1,
  );
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

function answerTo(write: ObjectWrite, content: Buffer): WriteAnswer {
  return { etag: etagOf(write, content), etagIsMd5: !isUnderKms(write) };
}

/** Under a key service, an ETag looks like an MD5 but is not. */
function etagOf(write: ObjectWrite, content: Buffer): string {
  return isUnderKms(write) ? md5(Buffer.concat([Buffer.from('sealed'), content])) : md5(content);
}

function isUnderKms({ encryption }: ObjectWrite): boolean {
  return encryption?.type === 'aws:kms';
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
