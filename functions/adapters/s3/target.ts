import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  type ChecksumAlgorithm,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { TargetStore } from '../../engine/ports/ports.ts';
import type { ObjectWrite, PartAtTarget, WriteAnswer } from '../../transfer/at-stores.ts';
import { isNamed, TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { type ObjectAddress, targetName } from '../../transfer/transfer.ts';
import { isMd5 } from '../../transfer/values/checksums.ts';
import { guarding, withAsked } from './added-headers.ts';
import { type CheckedBody, sendChecked } from './checked-body.ts';
import { bareEtag, inspectObject, shortTold } from './facts.ts';
import { type CallStore, callingStore, goneUpload } from './failure.ts';
import { listParts, listUploads, uploadsPage } from './lists.ts';
import { copyObject, copyPart } from './server-copy.ts';

/** A store: the client, what is known about its kind, and how its errors get their names. */
export type S3Store = { readonly client: S3Client; readonly profile: ProviderProfile; readonly ask: CallStore };

/** Any S3-compatible store as a target. */
export function s3Target(client: S3Client, profile: ProviderProfile): TargetStore {
  const store: S3Store = { client, profile, ask: callingStore(profile) };
  return {
    profile,
    inspect: (target) => inspectObject(store, target, { what: targetName(target), isSource: false }),
    putObject: (write, body, bytes, signal) => putObject(store, write, { body, bytes, signal }),
    beginUpload: (write) => beginUpload(store, write),
    writePart: async ({ target, uploadId, partNumber, bytes, checksum }, body, signal) => {
      const what = `PUT part ${partNumber} of ${targetName(target)}`;
      const part = { ...bucketAndKey(target), UploadId: uploadId, PartNumber: partNumber };
      const content = { bucket: target.bucket, body, bytes, checksum, signal };
      const send = (sent: CheckedBody) =>
        client.send(new UploadPartCommand({ ...part, ...sent }), { abortSignal: signal });
      return writeAnswer(await sendChecked(store, { what, means: goneUpload, partNumber }, content, send), what);
    },
    copyPart: (part, source, range, signal) => copyPart(store, { part, source, range }, signal),
    copyObject: (write, source, signal) => copyObject(store, write, source, signal),
    listParts: (target, uploadId) => listParts(store, target, uploadId),
    listUploads: (bucket, prefix) => listUploads(store, bucket, prefix),
    uploadsPage: (bucket, prefix, from) => uploadsPage(store, bucket, prefix, from),
    completeUpload: (write, uploadId, parts) => completeUpload(store, { write, uploadId, parts }),
    abortUpload: (target, uploadId) => abortUpload(store, target, uploadId),
  };
}

type Sent = { readonly body: Readable; readonly bytes: number; readonly signal: AbortSignal };

async function putObject(store: S3Store, write: ObjectWrite, { body, bytes, signal }: Sent): Promise<WriteAnswer> {
  const what = `PUT ${targetName(write.target)}`;
  const content = { bucket: write.target.bucket, body, bytes, checksum: write.checksum, signal };
  const send = (sent: CheckedBody) => {
    const put = new PutObjectCommand({ ...bucketAndKey(write.target), ...attributesOf(write), ...sent });
    return store.client.send(withAsked(write, guarding(store.profile, write, put)), { abortSignal: signal });
  };
  return writeAnswer(await sendChecked(store, { what }, content, send), what);
}

async function beginUpload({ client, ask }: S3Store, write: ObjectWrite): Promise<string> {
  const what = `Begin an upload of ${targetName(write.target)}`;
  const checksum = write.checksum && {
    ChecksumAlgorithm: write.checksum.toUpperCase() as ChecksumAlgorithm,
    ChecksumType: 'FULL_OBJECT' as const,
  };
  const command = new CreateMultipartUploadCommand({
    ...bucketAndKey(write.target),
    ...attributesOf(write),
    ...checksum,
  });
  const answer = await ask({ what }, () => client.send(withAsked(write, command)));
  const UploadId = shortTold(answer.UploadId, what);
  if (!UploadId) throw new TransferError('Unreachable', `${what}: the answer has no UploadId.`);
  return UploadId;
}

async function completeUpload(
  { client, profile, ask }: S3Store,
  { write, uploadId, parts }: { write: ObjectWrite; uploadId: string; parts: readonly PartAtTarget[] },
): Promise<void> {
  const sorted = [...parts].sort((one, other) => one.partNumber - other.partNumber);
  const listed = sorted.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` }));
  const checksum = write.checksum && { ChecksumType: 'FULL_OBJECT' as const };
  const upload = { ...bucketAndKey(write.target), UploadId: uploadId, MultipartUpload: { Parts: listed }, ...checksum };
  const command = guarding(profile, write, new CompleteMultipartUploadCommand(upload));
  // The SDK throws for an error inside a 200. We do not use the ETag of the answer, since Ceph leaves it empty.
  const what = `Complete ${targetName(write.target)}`;
  const { Key, Location, ETag } = await ask({ what, means: goneUpload }, () => client.send(command));
  // But the SDK looks only at the last bytes. If a line feed follows the error, the SDK reports a success, whose answer
  // names nothing.
  if (Key === undefined && Location === undefined && ETag === undefined) {
    throw new TransferError('Unreachable', `${what}: the store answered 200, but the answer names no object.`);
  }
}

async function abortUpload({ client, ask }: S3Store, target: ObjectAddress, uploadId: string): Promise<void> {
  const command = new AbortMultipartUploadCommand({ ...bucketAndKey(target), UploadId: uploadId });
  const what = `Abort the upload of ${targetName(target)}`;
  await ask({ what, means: goneUpload }, () => client.send(command)).catch((error) => {
    if (!isNamed(error, 'UploadLost')) throw error;
  });
}

export function bucketAndKey(target: ObjectAddress): { Bucket: string; Key: string } {
  return { Bucket: target.bucket, Key: target.key };
}

export function attributesOf({ headers, metadata, storageClass, tags, acl, encryption }: ObjectWrite) {
  return {
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    Expires: headers.expires === undefined ? undefined : new Date(headers.expires),
    Metadata: { ...metadata },
    // Stores have classes of their own. If a store does not know a class, it refuses it.
    StorageClass: storageClass as StorageClass | undefined,
    // In the form of a query. A space is %20, since not every store reads "+" as a space.
    Tagging:
      tags &&
      Object.entries(tags)
        .map((tag) => tag.map(encodeURIComponent).join('='))
        .join('&'),
    ACL: acl,
    ServerSideEncryption: encryption?.type,
    SSEKMSKeyId: encryption?.type === 'aws:kms' ? encryption.keyId : undefined,
  };
}

type Answer = {
  ETag?: string | undefined;
  ServerSideEncryption?: string | undefined;
  SSECustomerAlgorithm?: string | undefined;
};

/** The SDK accepts a 200 without an ETag. Without an ETag the part can never be completed, so we throw Unreachable. */
export function writeAnswer(answer: Answer, what: string): WriteAnswer {
  const etag = bareEtag(shortTold(answer.ETag, what));
  if (etag === undefined) throw new TransferError('Unreachable', `${what}: the answer has no ETag.`);
  // With KMS or a customer's key, the ETag is no MD5: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
  const encrypted = answer.ServerSideEncryption?.startsWith('aws:kms') || answer.SSECustomerAlgorithm !== undefined;
  return { etag, etagIsMd5: !encrypted && isMd5(etag) };
}
