import { randomUUID } from 'node:crypto';
import type { TargetStore } from '../../engine/ports/ports.ts';
import type { OpenUpload, PartAtTarget } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ObjectAddress } from '../../transfer/transfer.ts';
import { answerTo, type Contents, etagOf, exactly, keepObject, md5, nameIn, type Upload } from './contents.ts';

// The page size of S3.
const UPLOADS_A_PAGE_MAX = 1000;

type Uploads = Pick<
  TargetStore,
  'beginUpload' | 'writePart' | 'listParts' | 'completeUpload' | 'abortUpload' | 'listUploads' | 'uploadsPage'
>;

export function uploadsOf(contents: Contents): Uploads {
  const { uploads, profile, nowMs } = contents;
  return {
    beginUpload: async (write) => {
      nameIn(contents, write.target);
      const uploadId = randomUUID();
      uploads.set(uploadId, { write, parts: new Map(), initiatedAtMs: nowMs() });
      return uploadId;
    },
    writePart: async ({ target, uploadId, partNumber, bytes }, body, signal) => {
      const { parts, write } = uploadAt(contents, target, uploadId);
      const content = await exactly(bytes, body, signal);
      uploadAt(contents, target, uploadId); // throws if the upload was aborted meanwhile: then the part is gone with it
      parts.set(partNumber, content);
      return answerTo(write, content);
    },
    listParts: async (target, uploadId) => partsOf(uploadAt(contents, target, uploadId)),
    completeUpload: async (write, uploadId, parts) => {
      const upload = uploadAt(contents, write.target, uploadId);
      const pieces = [...parts]
        .sort((one, other) => one.partNumber - other.partNumber)
        .map((part) => pieceOf(upload, part));
      const digests = pieces.map((piece) => Buffer.from(etagOf(upload.write, piece), 'hex'));
      const etag = `${md5(Buffer.concat(digests))}-${pieces.length}`;
      keepObject(contents, { ...upload.write, onlyIfAbsent: write.onlyIfAbsent }, Buffer.concat(pieces), etag);
      uploads.delete(uploadId);
    },
    abortUpload: async (target, uploadId) => {
      if (isAt(uploads.get(uploadId), target)) uploads.delete(uploadId);
    },
    listUploads: async (bucket, prefix) => openUploadsIn(uploads, bucket, prefix),
    uploadsPage: async (bucket, prefix, { keyMarker = '', uploadIdMarker = '' }) => {
      const rest = openUploadsIn(uploads, bucket, prefix).filter(
        ({ key, uploadId }) => key > keyMarker || (key === keyMarker && uploadId > uploadIdMarker),
      );
      const rowsMax = Math.min(UPLOADS_A_PAGE_MAX, profile.listRows.max);
      const page = rest.slice(0, rowsMax);
      const last = rest.length > rowsMax ? page.at(-1) : undefined;
      return { uploads: page, next: last && { keyMarker: last.key, uploadIdMarker: last.uploadId } };
    },
  };
}

/** An upload belongs to one key. Throws UploadLost. */
export function uploadAt({ uploads }: Contents, target: ObjectAddress, uploadId: string): Upload {
  const found = uploads.get(uploadId);
  if (found && isAt(found, target)) return found;
  throw new TransferError('UploadLost', `There is no upload ${uploadId}.`);
}

function isAt(upload: Upload | undefined, { bucket, key }: ObjectAddress): boolean {
  return upload?.write.target.bucket === bucket && upload.write.target.key === key;
}

function partsOf({ parts, write }: Upload): PartAtTarget[] {
  const sorted = [...parts].sort(([one], [other]) => one - other);
  return sorted.map(([partNumber, content]) => ({ partNumber, bytes: content.length, etag: etagOf(write, content) }));
}

function pieceOf({ parts, write }: Upload, { partNumber, etag }: PartAtTarget): Buffer {
  const piece = parts.get(partNumber);
  if (piece && etagOf(write, piece) === etag) return piece;
  throw new TransferError('Incomplete', `InvalidPart: part ${partNumber}.`);
}

/** Ordered by key, and for one key by id, as S3 lists them. */
function openUploadsIn(uploads: ReadonlyMap<string, Upload>, bucket: string, prefix: string): OpenUpload[] {
  const found = [...uploads].flatMap(([uploadId, { write, initiatedAtMs }]) => {
    const { key, ...target } = write.target;
    return target.bucket === bucket && key.startsWith(prefix) ? [{ key, uploadId, initiatedAtMs }] : [];
  });
  return found.sort((one, other) =>
    one.key < other.key || (one.key === other.key && one.uploadId < other.uploadId) ? -1 : 1,
  );
}
