import { Arn, Stack, Token } from 'aws-cdk-lib';
import { ManagedPolicy, type Role } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { placeOf, placesFor } from '../functions/transfer/values/places.ts';
import type { EndpointProps } from './endpoints/endpoints.ts';
import { bytesAtMost } from './endpoints/lengths.ts';
import type { Calls, SourceCall, TargetCall } from './function-calls.ts';
import { type Grant, packedIntoPolicies } from './policies.ts';

/** IAM's names for what a call does to objects and to their bucket. */
type Rights = { readonly object?: readonly string[]; readonly bucket?: readonly string[] };

// S3 answers 404 for a missing key only if the caller may list the bucket. It answers 403 to others, as for a wrong
// access key: https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html. If HEAD is refused, we send a GET of
// one byte. If nothing is there, we send HeadBucket. Both need no other rights.
const looking: Rights = { object: ['s3:GetObject'], bucket: ['s3:ListBucket'] };
const readingVersions: Rights = { object: ['s3:GetObject', 's3:GetObjectVersion'], bucket: ['s3:ListBucket'] };
const writing: Rights = { object: ['s3:PutObject'] };

/**
 * Rights to read, also to read a version that a request names:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html. No store on a laptop has a
 * key service, so no test covers kms:*.
 */
const sourceRights: Readonly<Record<SourceCall, Rights>> = {
  HeadObject: readingVersions,
  GetObject: readingVersions,
  // Without these rights, HEAD does not even say how many tags there are.
  GetObjectTagging: { object: ['s3:GetObjectTagging', 's3:GetObjectVersionTagging'] },
};

const targetRights: Readonly<Record<TargetCall, Rights>> = {
  HeadObject: looking,
  // Partway reads an object back by its version.
  GetObject: readingVersions,
  'tag count': { object: ['s3:GetObjectTagging'] },
  PutObject: writing,
  CopyObject: writing,
  CreateMultipartUpload: writing,
  UploadPart: writing,
  UploadPartCopy: writing,
  CompleteMultipartUpload: writing,
  tags: { object: ['s3:PutObjectTagging'] },
  ACL: { object: ['s3:PutObjectAcl'] },
  ListParts: { object: ['s3:ListMultipartUploadParts'] },
  ListMultipartUploads: { bucket: ['s3:ListBucketMultipartUploads'] },
  AbortMultipartUpload: { object: ['s3:AbortMultipartUpload'] },
};

type Request = { readonly id: string; readonly calls: Calls; readonly endpoints: readonly EndpointProps[] };

/**
 * Lets a function reach the stores: with the endpoints' secrets, and at AWS with its own role. Throws if the rights are
 * too long for IAM.
 */
export function grantStores(scope: Construct, role: Role, { id, calls, endpoints }: Request): void {
  const grants = endpoints.flatMap((endpoint) => grantsOf(scope, endpoint, calls));
  for (const [index, statements] of packedIntoPolicies(grants).entries()) {
    role.addManagedPolicy(new ManagedPolicy(scope, `${id}-stores-${index + 1}`, { statements }));
  }
}

function grantsOf(scope: Construct, endpoint: EndpointProps, { sources = [], targets = [] }: Calls): Grant[] {
  const { secret, role, kmsKeyArns = [] } = endpoint;
  const rightsAt = [
    ...placesFor(endpoint, 'read').map((place) => [place, sources.map((call) => sourceRights[call])] as const),
    ...placesFor(endpoint, 'write').map((place) => [place, rightsToWrite(endpoint, targets)] as const),
  ].filter(([, rights]) => rights.length > 0);
  if (rightsAt.length === 0) return [];
  if (secret) return [...grantsOfSecret(scope, secret), ...grantsOfKeys(scope, kmsKeyArns, ['kms:Decrypt'])];
  // The other role has the rights to buckets and keys.
  if (role)
    return [{ resource: role.arn, bytes: bytesAtMost(scope, role.arn, 'roleArn'), actions: ['sts:AssumeRole'] }];
  const writes = rightsAt.some(([, rights]) => rights.includes(writing));
  return [
    ...rightsAt.flatMap(([place, rights]) => grantsAt(scope, place, rights)),
    ...grantsOfKeys(scope, kmsKeyArns, writes ? ['kms:Decrypt', 'kms:GenerateDataKey'] : ['kms:Decrypt']),
  ];
}

function rightsToWrite({ cannedAcls = [] }: EndpointProps, targets: readonly TargetCall[]): Rights[] {
  const asksForAcls = cannedAcls.some((acl) => acl !== 'private');
  return targets.filter((call) => call !== 'ACL' || asksForAcls).map((call) => targetRights[call]);
}

function grantsOfSecret(scope: Construct, { secretFullArn, secretArn, encryptionKey }: ISecret): Grant[] {
  // If we know only the secret's name, we allow any six characters: Secrets Manager has added them to the ARN.
  const resource = secretFullArn ?? `${secretArn}-??????`;
  const bytes = bytesAtMost(scope, resource, 'secretArn');
  return [
    { resource, bytes, actions: ['secretsmanager:GetSecretValue'] },
    ...grantsOfKeys(scope, encryptionKey ? [encryptionKey.keyArn] : [], ['kms:Decrypt']),
  ];
}

function grantsOfKeys(scope: Construct, keyArns: readonly string[], actions: readonly string[]): Grant[] {
  return keyArns.map((resource) => ({ resource, bytes: bytesAtMost(scope, resource, 'kmsKeyArn'), actions }));
}

/** Every place ends in a star, also a bucket without a prefix. A prefix means every key that begins with it. */
function grantsAt(scope: Construct, place: string, rights: readonly Rights[]): Grant[] {
  const { bucket, prefix } = placeOf(place);
  const resource = Arn.format({ service: 's3', region: '', account: '', resource: bucket }, Stack.of(scope));
  const bytes = bytesAtMost(scope, resource, 'bucket');
  const rest = `/${literally(prefix)}*`;
  const ofObjects = rights.flatMap(({ object = [] }) => object);
  const ofBucket = rights.flatMap((each) => each.bucket ?? []);
  return [
    { resource: resource + rest, bytes: bytes + Buffer.byteLength(rest), actions: ofObjects },
    { resource, bytes, actions: ofBucket },
  ].filter(({ actions }) => actions.length > 0);
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#policy-vars-specialchars */
function literally(prefix: string): string {
  if (Token.isUnresolved(prefix)) return prefix;
  return prefix.replaceAll(/[*?$]/g, (character) => `\${${character}}`);
}
