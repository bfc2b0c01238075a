import { StoreError } from '../protocol/errors.ts';
import type { Call } from '../state/call.ts';
import type { Bucket, StoredObject } from '../state/records.ts';

// "The name for a key is a sequence of Unicode characters whose UTF-8 encoding is at most 1,024 bytes long."
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html
const KEY_BYTES_MAX = 1024;

export function bucketOf(call: Call, bucketName: string = call.bucketName): Bucket {
  const bucket = call.store.disk.buckets.get(bucketName);
  if (bucket === undefined) throw new StoreError('NoSuchBucket', { elements: { BucketName: bucketName } });
  return bucket;
}

/** A number in the query, within its limits. Like S3, we lower a number that is above the largest page. */
export function countInQuery(call: Call, name: string, countMax: number): number {
  const text = call.query[name];
  if (text === undefined || text === '') return countMax;
  if (!/^\d{1,10}$/.test(text)) {
    throw new StoreError('InvalidArgument', { message: `Provided ${name} not an integer or within integer range` });
  }
  return Math.min(Number(text), countMax);
}

export function findObject(call: Call, bucketName: string = call.bucketName, key: string = call.key): StoredObject {
  // There are no versions here. S3 calls the only version "null".
  if ((call.query.versionId ?? 'null') !== 'null') throw new StoreError('NotImplemented');
  const object = bucketOf(call, bucketName).objects.get(key);
  if (object === undefined) throw new StoreError('NoSuchKey', { elements: { Key: key } });
  return object;
}

export function checkKey(key: string): void {
  if (Buffer.byteLength(key) > KEY_BYTES_MAX) throw new StoreError('KeyTooLongError');
}
