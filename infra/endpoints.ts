import { Arn, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';

/** A store that transfers may name. What is not listed here cannot be touched. */
export interface EndpointProps {
  /** Letters, digits and "-"; what requests call it. */
  readonly name: string;
  /** The kind of store: docs/providers.md lists them. */
  readonly provider: string;
  /** Left out for AWS itself. */
  readonly url?: string;
  /** The region that requests are signed for. */
  readonly region: string;
  /** `{ "accessKeyId", "secretAccessKey", "sessionToken"?, "expiration"? }`. Left out for AWS buckets that the Lambdas' own roles may touch. */
  readonly secret?: ISecret;
  /** Customer-managed keys of the secret, of buckets without one, and those that requests name with `encryption`. */
  readonly kmsKeyArns?: readonly string[];
  /** Buckets, or buckets with a prefix: `backups`, `genomes/raw/`. */
  readonly allow: readonly string[];
}

// Lambda's environment holds 4 KB in all; what is left must do for the rest.
const ENDPOINTS_BYTES_MAX = 3000;

/** The endpoints as the functions read them. Throws at synth when they would not fit. */
export function endpointsVariable(endpoints: readonly EndpointProps[]): string {
  const names = endpoints.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`The endpoint "${twice}" is declared twice.`);
  const facts = endpoints.map(({ secret, kmsKeyArns: _, ...endpoint }) => ({
    ...endpoint,
    ...(secret ? { secretArn: secret.secretArn } : {}),
  }));
  const text = JSON.stringify(facts);
  if (text.length > ENDPOINTS_BYTES_MAX) {
    throw new Error(
      `The endpoints take ${text.length} bytes of a Lambda's environment; ${ENDPOINTS_BYTES_MAX} are left. Split them over two stacks.`,
    );
  }
  return text;
}

const objectActions = [
  's3:GetObject',
  's3:GetObjectVersion',
  // Tags travel with the object; without the first two S3 does not even count them.
  's3:GetObjectTagging',
  's3:GetObjectVersionTagging',
  's3:PutObject',
  's3:PutObjectTagging',
  's3:PutObjectAcl',
  's3:AbortMultipartUpload',
  's3:ListMultipartUploadParts',
];

/** What a function needs to reach the stores: the endpoints' secrets, and AWS buckets that have none. */
export function grantEndpoints(scope: Construct, grantee: IGrantable, endpoints: readonly EndpointProps[]): void {
  for (const { secret, allow, kmsKeyArns = [] } of endpoints) {
    if (kmsKeyArns.length > 0) permit(grantee, ['kms:Decrypt', 'kms:GenerateDataKey'], [...kmsKeyArns]);
    if (secret) {
      secret.grantRead(grantee);
      continue;
    }
    permit(
      grantee,
      objectActions,
      allow.map((entry) => objectsArn(scope, entry)),
    );
    // Without it S3 answers 403 instead of 404 for a key that is not there.
    permit(
      grantee,
      ['s3:ListBucket'],
      allow.map((entry) => bucketArn(scope, entry)),
    );
  }
}

/** The sweep also asks buckets for their uploads. */
export function grantSweeping(scope: Construct, grantee: IGrantable, endpoints: readonly EndpointProps[]): void {
  grantEndpoints(scope, grantee, endpoints);
  const buckets = endpoints
    .filter(({ secret }) => !secret)
    .flatMap(({ allow }) => allow.map((entry) => bucketArn(scope, entry)));
  if (buckets.length > 0) permit(grantee, ['s3:ListBucketMultipartUploads'], [...new Set(buckets)]);
}

function permit(grantee: IGrantable, actions: string[], resources: string[]): void {
  grantee.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions, resources: [...new Set(resources)] }));
}

function bucketArn(scope: Construct, entry: string): string {
  return Arn.format(
    { service: 's3', region: '', account: '', resource: entry.split('/')[0] ?? entry },
    Stack.of(scope),
  );
}

/** `bucket` and `bucket/prefix` alike end in a star: a prefix means every key that begins with it. */
function objectsArn(scope: Construct, entry: string): string {
  const [, ...prefix] = entry.split('/');
  return `${bucketArn(scope, entry)}/${prefix.join('/')}*`;
}
