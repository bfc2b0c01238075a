import { parseCorsRules } from '../protocol/cors-rules.ts';
import { StoreError } from '../protocol/errors.ts';
import { inTurn } from '../protocol/turns.ts';
import { parseXml, renderXml } from '../protocol/xml.ts';
import { receiveText } from '../request/body.ts';
import { bucketOf } from '../request/lookup.ts';
import type { Call, Reply } from '../state/call.ts';
import { removeBucket, saveBucket } from '../state/disk.ts';
import type { BucketRecord } from '../state/records.ts';
import { owner } from './listings.ts';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const BUCKET_NAME = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

export async function listBuckets(call: Call): Promise<Reply> {
  const records = [...call.store.disk.buckets.values()].map((bucket) => bucket.record);
  const rows = records
    .sort((left, right) => (left.name < right.name ? -1 : 1))
    .map(({ name, created }) => ({ Name: name, CreationDate: created }));
  return { status: 200, text: renderXml('ListAllMyBucketsResult', { Owner: owner(call), Buckets: { Bucket: rows } }) };
}

export async function createBucket(call: Call): Promise<Reply> {
  checkBucketName(call.bucketName);
  // The body names a region. We read it to check its checksums, and ignore it, because this store has one region.
  await receiveText(call);
  return inTurnOfBucket(call, async () => {
    if (call.store.disk.buckets.has(call.bucketName)) throw new StoreError('BucketAlreadyOwnedByYou');
    await saveBucket(call.store.disk, { name: call.bucketName, created: new Date().toISOString() });
    return { status: 200, headers: { location: `/${call.bucketName}` } };
  });
}

/** A client that does not know the region can learn it from this answer. */
export async function headBucket(call: Call): Promise<Reply> {
  bucketOf(call);
  return { status: 200, headers: { 'x-amz-bucket-region': call.store.options.region } };
}

/** A bucket with open uploads can be removed. A bucket with objects cannot. */
export async function deleteBucket(call: Call): Promise<Reply> {
  return inTurnOfBucket(call, async () => {
    const bucket = bucketOf(call);
    if (bucket.objects.size > 0) throw new StoreError('BucketNotEmpty');
    await removeBucket(call.store.disk, bucket);
    return { status: 204 };
  });
}

/** us-east-1 answers with an empty element, because S3 had no regions when it began. */
export async function getBucketLocation(call: Call): Promise<Reply> {
  bucketOf(call);
  const { region } = call.store.options;
  return { status: 200, text: renderXml('LocationConstraint', { '#text': region === 'us-east-1' ? '' : region }) };
}

/** Keeps the rules so that their author can read them back. Nothing here obeys them. */
export async function putBucketLifecycle(call: Call): Promise<Reply> {
  const text = await receiveText(call);
  parseXml(text, 'LifecycleConfiguration');
  return changeRecord(call, (record) => ({ ...record, lifecycle: text }), 200);
}

export async function getBucketLifecycle(call: Call): Promise<Reply> {
  const { lifecycle } = bucketOf(call).record;
  if (lifecycle === undefined) throw new StoreError('NoSuchLifecycleConfiguration');
  return { status: 200, text: lifecycle };
}

export async function deleteBucketLifecycle(call: Call): Promise<Reply> {
  return changeRecord(call, ({ lifecycle: _, ...others }) => others, 204);
}

export async function putBucketCors(call: Call): Promise<Reply> {
  const text = await receiveText(call);
  parseCorsRules(text);
  return changeRecord(call, (record) => ({ ...record, cors: text }), 200);
}

export async function getBucketCors(call: Call): Promise<Reply> {
  const { name, cors } = bucketOf(call).record;
  if (cors === undefined) throw new StoreError('NoSuchCORSConfiguration', { elements: { BucketName: name } });
  return { status: 200, text: cors };
}

export async function deleteBucketCors(call: Call): Promise<Reply> {
  return changeRecord(call, ({ cors: _, ...others }) => others, 204);
}

function changeRecord(call: Call, change: (record: BucketRecord) => BucketRecord, status: number): Promise<Reply> {
  return inTurnOfBucket(call, async () => {
    await saveBucket(call.store.disk, change(bucketOf(call).record));
    return { status };
  });
}

export function checkBucketName(name: string): void {
  if (!BUCKET_NAME.test(name)) throw new StoreError('InvalidBucketName', { elements: { BucketName: name } });
}

function inTurnOfBucket(call: Call, work: () => Promise<Reply>): Promise<Reply> {
  return inTurn(call.store.turns, `bucket ${call.bucketName}`, work);
}
