import { asObject, asString, type JsonObject } from '../../tools/json.ts';
import { place } from '../../tools/local/template/physical.ts';
import type { Need, NeedsOf } from './needs.ts';

/**
 * What each call needs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html.
 * answers-s3.ts has the rights that a caller needs to get a whole answer, such as a 404.
 */
export const s3Needs: Readonly<Record<string, NeedsOf>> = {
  's3:HeadBucket': (input) => [onBucket('s3:ListBucket', input)],
  's3:ListMultipartUploads': (input) => [onBucket('s3:ListBucketMultipartUploads', input)],
  's3:HeadObject': (input) => [onObject(versioned('s3:GetObject', input), input)],
  's3:GetObject': (input) => [onObject(versioned('s3:GetObject', input), input)],
  's3:GetObjectTagging': (input) => [onObject(versioned('s3:GetObjectTagging', input), input)],
  's3:PutObject': (input) => beginsObject(input),
  's3:CreateMultipartUpload': (input) => beginsObject(input),
  's3:CopyObject': (input) => [...readsSource(input), ...beginsObject(input), ...takesTagsAlong(input)],
  's3:UploadPart': (input) => [onObject('s3:PutObject', input)],
  's3:UploadPartCopy': (input) => [...readsSource(input), onObject('s3:PutObject', input)],
  's3:CompleteMultipartUpload': (input) => [onObject('s3:PutObject', input)],
  's3:ListParts': (input) => [onObject('s3:ListMultipartUploadParts', input)],
  's3:AbortMultipartUpload': (input) => [onObject('s3:AbortMultipartUpload', input)],
};

type Address = { readonly Bucket?: unknown; readonly Key?: unknown };

export function onBucket(action: string, { Bucket }: Address): Need {
  return { action, resource: bucketArn(Bucket) };
}

export function onObject(action: string, { Bucket, Key }: Address): Need {
  return { action, resource: `${bucketArn(Bucket)}/${asString(Key, 'Key')}` };
}

const bucketArn = (bucket: unknown): string => `arn:${place.partition}:s3:::${asString(bucket, 'Bucket')}`;

/** A call that reads a version by its id needs another right: s3:GetObjectVersion, s3:GetObjectVersionTagging. */
function versioned(action: string, { query }: JsonObject): string {
  const isVersion = asObject(query, 'query').versionId !== undefined;
  return isVersion ? action.replace('s3:GetObject', 's3:GetObjectVersion') : action;
}

/** Beginning an object needs s3:PutObject, and one more right for tags and one for an ACL. */
function beginsObject(input: JsonObject): Need[] {
  const headers = asObject(input.headers, 'headers');
  // Headers like these would need other rights. Partway sends none of them, and no key service runs on this computer.
  const unknown = Object.keys(headers).find((name) => /^x-amz-(object-lock|grant)-|kms/.test(name));
  if (unknown) throw new Error(`test/authorization/needs-s3.ts knows no rights for the header ${unknown}.`);
  return [
    onObject('s3:PutObject', input),
    ...(headers['x-amz-tagging'] === undefined ? [] : [onObject('s3:PutObjectTagging', input)]),
    ...(headers['x-amz-acl'] === undefined ? [] : [onObject('s3:PutObjectAcl', input)]),
  ];
}

function readsSource({ headers }: JsonObject): Need[] {
  const source = asString(asObject(headers, 'headers')['x-amz-copy-source'], 'x-amz-copy-source').replace(/^\//, '');
  const [path = '', version] = source.split('?versionId=');
  const [Bucket, ...key] = path.split('/').map(decodeURIComponent);
  const action = version === undefined ? 's3:GetObject' : 's3:GetObjectVersion';
  return [onObject(action, { Bucket, Key: key.join('/') })];
}

/** If a copy does not replace the tags, S3 copies those of the source: it reads them there and writes them here. */
function takesTagsAlong(input: JsonObject): Need[] {
  if (asObject(input.headers, 'headers')['x-amz-tagging-directive'] === 'REPLACE') return [];
  const read = readsSource(input).map(({ resource }) => ({ action: 's3:GetObjectTagging', resource }));
  return [...read, onObject('s3:PutObjectTagging', input)];
}
