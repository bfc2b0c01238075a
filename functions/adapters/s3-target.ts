import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  type StorageClass,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { TransferError } from '../transfer/errors.ts';
import type { ObjectWrite, OpenUpload, PartAtTarget, TargetStore, WriteAnswer } from '../transfer/ports.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import { type ObjectAddress, targetName } from '../transfer/transfer.ts';
import { bareEtag, inspectObject } from './s3-facts.ts';
import { doing } from './s3-failure.ts';

// Some stores (Ceph among them) answer NoSuchKey where AWS answers NoSuchUpload.
const goneUpload = { NoSuchKey: 'UploadLost', 404: 'UploadLost', NoSuchBucket: 'NoSuchBucket' } as const;

/** Any S3-compatible store as a target. */
export function s3Target(client: S3Client, profile: ProviderProfile): TargetStore {
  return {
    profile,
    inspect: (target) => inspectObject(client, target, targetName(target)),
    putObject: (write, body, bytes, signal) => putObject(client, profile, { write, body, bytes, signal }),
    beginUpload: (write) => beginUpload(client, write),
    writePart: async ({ target, uploadId, partNumber, bytes }, body, signal) => {
      const what = `PUT part ${partNumber} of ${targetName(target)}`;
      const command = new UploadPartCommand({
        ...named(target),
        UploadId: uploadId,
        PartNumber: partNumber,
        ContentLength: bytes,
        Body: body,
      });
      return written(
        await doing({ what, means: goneUpload, partNumber }, () => client.send(command, { abortSignal: signal })),
        what,
      );
    },
    listParts: (target, uploadId) => listParts(client, target, uploadId),
    listUploads: (bucket, prefix) => listUploads(client, bucket, prefix),
    completeUpload: (write, uploadId, parts) => completeUpload(client, profile, { write, uploadId, parts }),
    abortUpload: async (target, uploadId) => {
      const command = new AbortMultipartUploadCommand({ ...named(target), UploadId: uploadId });
      await doing({ what: `Abort the upload of ${targetName(target)}`, means: goneUpload }, () =>
        client.send(command),
      ).catch((error) => {
        if (!(error instanceof TransferError) || error.name !== 'UploadLost') throw error;
      });
    },
  };
}

async function putObject(
  client: S3Client,
  profile: ProviderProfile,
  { write, body, bytes, signal }: { write: ObjectWrite; body: Readable; bytes: number; signal: AbortSignal },
): Promise<WriteAnswer> {
  const what = `PUT ${targetName(write.target)}`;
  const command = new PutObjectCommand({
    ...named(write.target),
    ...described(write),
    ...condition(profile, write),
    ContentLength: bytes,
    Body: body,
  });
  return written(await doing({ what }, () => client.send(command, { abortSignal: signal })), what);
}

async function beginUpload(client: S3Client, write: ObjectWrite): Promise<string> {
  const what = `Begin an upload of ${targetName(write.target)}`;
  const { UploadId } = await doing({ what }, () =>
    client.send(new CreateMultipartUploadCommand({ ...named(write.target), ...described(write) })),
  );
  if (!UploadId) throw new TransferError('Unreachable', `${what}: the answer has no UploadId.`);
  return UploadId;
}

/** All pages. A store whose marker does not move would be asked for ever, so that is an error. */
async function listParts(client: S3Client, target: ObjectAddress, uploadId: string): Promise<PartAtTarget[]> {
  const what = `List the parts of ${targetName(target)}`;
  const parts: PartAtTarget[] = [];
  for (let marker = 0; ; ) {
    const command = new ListPartsCommand({
      ...named(target),
      UploadId: uploadId,
      MaxParts: 1000,
      PartNumberMarker: String(marker),
    });
    const page = await doing({ what, means: goneUpload }, () => client.send(command));
    for (const part of page.Parts ?? []) {
      parts.push({ partNumber: part.PartNumber ?? 0, bytes: part.Size ?? 0, etag: bareEtag(part.ETag) ?? '' });
    }
    if (!page.IsTruncated) return parts;
    const next = Number(page.NextPartNumberMarker ?? parts.at(-1)?.partNumber ?? 0);
    if (next <= marker)
      throw new TransferError(
        'Unreachable',
        `${what}: the list says that it goes on after part ${marker}, and does not.`,
      );
    marker = next;
  }
}

/** All pages, by the two markers that S3 has for them. */
async function listUploads(client: S3Client, bucket: string, prefix: string): Promise<OpenUpload[]> {
  const what = `List the uploads of ${bucket}/${prefix}`;
  const uploads: OpenUpload[] = [];
  for (let markers: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}; ; ) {
    const command = new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, MaxUploads: 1000, ...markers });
    const page = await doing({ what }, () => client.send(command));
    for (const { Key = '', UploadId = '', Initiated } of page.Uploads ?? []) {
      uploads.push({ key: Key, uploadId: UploadId, initiatedAtMs: Initiated?.getTime() ?? 0 });
    }
    if (!page.IsTruncated) return uploads;
    const next = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
    if (next.KeyMarker === markers.KeyMarker && next.UploadIdMarker === markers.UploadIdMarker) {
      throw new TransferError('Unreachable', `${what}: the list says that it goes on, and does not.`);
    }
    markers = next;
  }
}

async function completeUpload(
  client: S3Client,
  profile: ProviderProfile,
  { write, uploadId, parts }: { write: ObjectWrite; uploadId: string; parts: readonly PartAtTarget[] },
): Promise<void> {
  const sorted = [...parts].sort((one, other) => one.partNumber - other.partNumber);
  const command = new CompleteMultipartUploadCommand({
    ...named(write.target),
    ...condition(profile, write),
    UploadId: uploadId,
    MultipartUpload: { Parts: sorted.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: `"${etag}"` })) },
  });
  // The SDK throws for an error that hides in a 200. The ETag of the answer is not used: Ceph leaves it empty.
  await doing({ what: `Complete ${targetName(write.target)}`, means: goneUpload }, () => client.send(command));
}

function named(target: ObjectAddress): { Bucket: string; Key: string } {
  return { Bucket: target.bucket, Key: target.key };
}

function described({ headers, metadata, storageClass }: ObjectWrite) {
  return {
    ContentType: headers.contentType,
    CacheControl: headers.cacheControl,
    ContentDisposition: headers.contentDisposition,
    ContentEncoding: headers.contentEncoding,
    ContentLanguage: headers.contentLanguage,
    Metadata: { ...metadata },
    // Stores add classes of their own; what they do not know they refuse by name.
    StorageClass: storageClass as StorageClass | undefined,
  };
}

function condition(profile: ProviderProfile, write: ObjectWrite): { IfNoneMatch?: string } {
  return write.onlyIfAbsent && profile.guardsOverwrite ? { IfNoneMatch: '*' } : {};
}

type Answer = {
  ETag?: string | undefined;
  ServerSideEncryption?: string | undefined;
  SSECustomerAlgorithm?: string | undefined;
};

/** The SDK takes a 200 without an ETag for success; without it the part can never be completed. */
function written(answer: Answer, what: string): WriteAnswer {
  const etag = bareEtag(answer.ETag);
  if (etag === undefined) throw new TransferError('Unreachable', `${what}: the answer has no ETag.`);
  // Under KMS or a customer's key the ETag is no MD5: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
  const encrypted = answer.ServerSideEncryption?.startsWith('aws:kms') || answer.SSECustomerAlgorithm !== undefined;
  return { etag, etagIsMd5: !encrypted };
}
