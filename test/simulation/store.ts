import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { startCrc } from '../../functions/engine/batch/running-crc.ts';
import type { ObjectWrite, PartAtTarget } from '../../functions/transfer/at-stores.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { Chance } from './chance.ts';

export type StoredObject = {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly crc32: number | undefined;
  readonly crc64nvme: string | undefined;
  readonly headers: ObjectWrite['headers'];
  readonly metadata: Readonly<Record<string, string>>;
};
export type StoredPart = { readonly bytes: Buffer; readonly etag: string };
export type OpenUpload = {
  readonly uploadId: string;
  readonly write: ObjectWrite;
  readonly initiatedAtMs: number;
  readonly parts: Map<number, StoredPart>;
  /** The number of parts that are on their way at this moment. */
  arriving: number;
};

/** The kind of the store: the differences between stores that a transfer can notice. */
export type Manners = {
  readonly etags: 'md5' | 'opaque';
  /** Whether a second Complete of the same upload succeeds again. Otherwise it gets NoSuchUpload. */
  readonly completesTwice: boolean;
  readonly guardsOverwrite: boolean;
  readonly listsParts: boolean;
  /** Whether it publishes CRC32 and CRC-64/NVME of whole objects. */
  readonly publishesCrcs: boolean;
  /** How it copies its own objects: the pinned generation, the present object, or not at all despite its profile. */
  readonly copies: 'pinned' | 'whatever' | 'refuses';
};

/** An S3 store without a network. Each method happens in one moment. It knows only the product's type of a write. */
export type Store = ReturnType<typeof openStore>;

export function openStore(manners: Manners, chance: Chance, nowMs: () => number) {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, OpenUpload>();
  const completed = new Set<string>();
  let counter = 0;
  const etagOf = (bytes: Buffer): string =>
    manners.etags === 'md5' ? md5(bytes) : `opaque-${chance.whole(0, 2 ** 30)}-${chance.whole(0, 2 ** 30)}`;
  const upload = (uploadId: string) => openOf(uploads, uploadId);
  const put = (write: ObjectWrite, bytes: Buffer, etag: string): StoredObject => {
    if (write.onlyIfAbsent && manners.guardsOverwrite && objects.has(write.target.key))
      throw new TransferError('TargetExists', `412 PreconditionFailed ${write.target.key}.`);
    const object = objectOf(write, bytes, etag, manners);
    objects.set(write.target.key, object);
    return object;
  };
  return {
    manners,
    objects,
    uploads,
    put: (write: ObjectWrite, bytes: Buffer) => put(write, bytes, etagOf(bytes)),
    begin: (write: ObjectWrite): OpenUpload => {
      counter += 1;
      const opened = { uploadId: `upload-${counter}`, write, initiatedAtMs: nowMs(), parts: new Map(), arriving: 0 };
      uploads.set(opened.uploadId, opened);
      return opened;
    },
    putPart: (uploadId: string, partNumber: number, bytes: Buffer): StoredPart => {
      const part = { bytes, etag: etagOf(bytes) };
      upload(uploadId).parts.set(partNumber, part);
      return part;
    },
    list: (uploadId: string): PartAtTarget[] => partsOf(upload(uploadId)),
    /** Returns undefined if the upload was completed before and this store answers a second Complete with success. */
    complete: (write: ObjectWrite, uploadId: string, parts: readonly PartAtTarget[]): StoredObject | undefined => {
      if (completed.has(uploadId) && manners.completesTwice) return undefined;
      const opened = upload(uploadId);
      const pieces = piecesOf(opened, parts);
      const etag = manners.etags === 'md5' ? etagOfParts(pieces) : etagOf(Buffer.alloc(0));
      // The key and the attributes come from the beginning of the upload. Only the condition comes from Complete.
      const object = put({ ...opened.write, onlyIfAbsent: write.onlyIfAbsent }, Buffer.concat(pieces), etag);
      uploads.delete(uploadId);
      completed.add(uploadId);
      return object;
    },
    abort: (uploadId: string): void => abortIn(uploads, uploadId),
  };
}

function objectOf(write: ObjectWrite, bytes: Buffer, etag: string, { publishesCrcs }: Manners): StoredObject {
  return {
    bytes: Buffer.from(bytes), // a copy, so that damage here does not damage the object it was copied from
    etag,
    crc32: publishesCrcs ? crc32(bytes) : undefined,
    crc64nvme: publishesCrcs ? crc64nvme(bytes) : undefined,
    headers: { ...write.headers },
    metadata: { ...write.metadata },
  };
}

function openOf(uploads: ReadonlyMap<string, OpenUpload>, uploadId: string): OpenUpload {
  const found = uploads.get(uploadId);
  if (!found) throw new TransferError('UploadLost', `NoSuchUpload ${uploadId}.`);
  return found;
}

/** As S3 documents it, an upload survives an abort while parts arrive, and must then be aborted again. */
function abortIn(uploads: Map<string, OpenUpload>, uploadId: string): void {
  const found = uploads.get(uploadId);
  if (!found) return;
  if (found.arriving > 0) found.parts.clear();
  else uploads.delete(uploadId);
}

function partsOf({ parts }: OpenUpload): PartAtTarget[] {
  return [...parts]
    .sort(([one], [other]) => one - other)
    .map(([partNumber, { bytes, etag }]) => ({ partNumber, bytes: bytes.length, etag }));
}

/** The bytes of these parts in the order of their numbers. */
function piecesOf({ parts: stored }: OpenUpload, parts: readonly PartAtTarget[]): Buffer[] {
  return [...parts]
    .sort((one, other) => one.partNumber - other.partNumber)
    .map(({ partNumber, etag }) => {
      const piece = stored.get(partNumber);
      if (piece?.etag === etag) return piece.bytes;
      throw new TransferError('Incomplete', `400 InvalidPart ${partNumber}.`);
    });
}

function etagOfParts(pieces: readonly Buffer[]): string {
  const digests = pieces.map((piece) => createHash('md5').update(piece).digest());
  return `${md5(Buffer.concat(digests))}-${pieces.length}`;
}

function crc64nvme(bytes: Buffer): string {
  const running = startCrc('crc64nvme');
  running.update(bytes);
  return running.hex();
}

function md5(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex');
}
