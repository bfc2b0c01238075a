import { getObjectAttributes } from './operations/attributes.ts';
import {
  createBucket,
  deleteBucket,
  deleteBucketCors,
  deleteBucketLifecycle,
  getBucketCors,
  getBucketLifecycle,
  getBucketLocation,
  headBucket,
  listBuckets,
  putBucketCors,
  putBucketLifecycle,
} from './operations/buckets.ts';
import { completeMultipartUpload } from './operations/complete.ts';
import { copyObject, uploadPartCopy } from './operations/copies.ts';
import { listMultipartUploads, listObjectsV1, listObjectsV2, listParts } from './operations/listings.ts';
import { deleteObject, deleteObjects, getObject, headObject, putObject } from './operations/objects.ts';
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './operations/tagging.ts';
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './operations/uploads.ts';
import { StoreError } from './protocol/errors.ts';
import type { Operation } from './state/call.ts';

type Level = 'service' | 'bucket' | 'object';

/**
 * `GET bucket uploads` is a GET of a bucket with `uploads` in the query. `+copy` needs the header x-amz-copy-source. The
 * first route that fits is used, so special routes come before general ones.
 */
const routes: readonly (readonly [route: string, name: string, run: Operation])[] = [
  ['GET service', 'ListBuckets', listBuckets],
  ['PUT bucket lifecycle', 'PutBucketLifecycleConfiguration', putBucketLifecycle],
  ['GET bucket lifecycle', 'GetBucketLifecycleConfiguration', getBucketLifecycle],
  ['DELETE bucket lifecycle', 'DeleteBucketLifecycle', deleteBucketLifecycle],
  ['PUT bucket cors', 'PutBucketCors', putBucketCors],
  ['GET bucket cors', 'GetBucketCors', getBucketCors],
  ['DELETE bucket cors', 'DeleteBucketCors', deleteBucketCors],
  ['GET bucket location', 'GetBucketLocation', getBucketLocation],
  ['GET bucket uploads', 'ListMultipartUploads', listMultipartUploads],
  ['GET bucket list-type', 'ListObjectsV2', listObjectsV2],
  ['GET bucket', 'ListObjects', listObjectsV1],
  ['POST bucket delete', 'DeleteObjects', deleteObjects],
  ['PUT bucket', 'CreateBucket', createBucket],
  ['HEAD bucket', 'HeadBucket', headBucket],
  ['DELETE bucket', 'DeleteBucket', deleteBucket],
  ['POST object uploads', 'CreateMultipartUpload', createMultipartUpload],
  ['PUT object uploadId +copy', 'UploadPartCopy', uploadPartCopy],
  ['PUT object uploadId', 'UploadPart', uploadPart],
  ['GET object uploadId', 'ListParts', listParts],
  ['POST object uploadId', 'CompleteMultipartUpload', completeMultipartUpload],
  ['DELETE object uploadId', 'AbortMultipartUpload', abortMultipartUpload],
  ['GET object tagging', 'GetObjectTagging', getObjectTagging],
  ['PUT object tagging', 'PutObjectTagging', putObjectTagging],
  ['DELETE object tagging', 'DeleteObjectTagging', deleteObjectTagging],
  ['GET object attributes', 'GetObjectAttributes', getObjectAttributes],
  ['PUT object +copy', 'CopyObject', copyObject],
  ['PUT object', 'PutObject', putObject],
  ['GET object', 'GetObject', getObject],
  ['HEAD object', 'HeadObject', headObject],
  ['DELETE object', 'DeleteObject', deleteObject],
];

// Without this list, `GET key?acl` would answer with the whole object. Some servers make this mistake with ?attributes.
const unknownSubresources = [
  'accelerate',
  'acl',
  'analytics',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'logging',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'torrent',
  'versioning',
  'versions',
  'website',
];

type Route = { readonly name: string; readonly run: Operation };

type Shape = {
  readonly method: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  readonly copies: boolean;
};

export function findRoute(shape: Shape): Route {
  if (unknownSubresources.some((name) => Object.hasOwn(shape.query, name))) throw new StoreError('NotImplemented');
  const level: Level = shape.bucketName === '' ? 'service' : shape.key === '' ? 'bucket' : 'object';
  for (const [route, name, run] of routes) {
    const [method, of, ...needs] = route.split(' ');
    const met = needs.every((need) => (need === '+copy' ? shape.copies : Object.hasOwn(shape.query, need)));
    if (method === shape.method && of === level && met) return { name, run };
  }
  throw new StoreError('MethodNotAllowed');
}
