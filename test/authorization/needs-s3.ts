import { asObject, asString, type JsonObject } from '../../tools/json.ts';
import { place } from '../../tools/local/template/physical.ts';
import type { Need, NeedsOf } from './needs.ts';

/**
 * What each call needs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html. What an
 * answer needs beside, such as a 404, is in answers-s3.ts.
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

/** To read a version by its id is a right of its own: s3:GetObjectVersion, s3:GetObjectVersionTagging. */
function versioned(action: string, { query }: JsonObject): string {
  const isVersion = asObject(query, 'query').versionId !== undefined;
  return isVersion ? action.replace('s3:GetObject', 's3:GetObjectVersion') : action;
}

/** A header that asks for more than the object needs a right of its own. */
function beginsObject(input: JsonObject): Need[] {
  const headers = asObject(input.headers, 'headers');
  // A header like these two has its own rights; none of them is sent, and no key service runs on this computer.
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

/** Unless they are said anew, the source's tags come along: they are read there and written here. */
function takesTagsAlong(input: JsonObject): Need[] {
  if (asObject(input.headers, 'headers')['x-amz-tagging-directive'] === 'REPLACE') return [];
  const read = readsSource(input).map(({ resource }) => ({ action: 's3:GetObjectTagging', resource }));
  return [...read, onObject('s3:PutObjectTagging', input)];
}
