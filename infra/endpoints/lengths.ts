import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * The lengths of the longest values of these parameters. Regions and partitions:
 * https://docs.aws.amazon.com/general/latest/gr/rande.html
 */
const pseudoParameters: Readonly<Record<string, number>> = {
  'AWS::Partition': 'aws-us-gov'.length,
  'AWS::Region': 14, // ap-northeast-1
  'AWS::AccountId': 12,
};

const REGION = 'ap-northeast-1';
// We do not know the logical id of a resource in another stack here, so we take the longest.
const LOGICAL_ID = 115;
// CloudFormation makes a secret's name from its logical id and 13 more characters. Secrets Manager adds 7 to the ARN.
const SECRET = `arn:aws-us-gov:secretsmanager:${REGION}:123456789012:secret:`.length + 13 + 7;

/** The kinds of texts that are known only after the deployment, and the most characters that each can have then. */
const kinds = {
  bucket: () => 63, // https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
  region: () => REGION.length,
  url: () => 255,
  secretArn: (logicalId: string) => SECRET + (logicalId.length || LOGICAL_ID),
  // A role's name and path have at most 64 and 512 characters, but CDK makes neither a path nor a name longer than 64.
  roleArn: () => 'arn:aws-us-gov:iam::123456789012:role/'.length + 64,
  kmsKeyArn: () => `arn:aws-us-gov:kms:${REGION}:123456789012:key/mrk-0123456789abcdef0123456789abcdef`.length,
} as const;
export type Kind = keyof typeof kinds;

/** The most bytes that a text can have when it is deployed. */
export function bytesAtMost(scope: IConstruct, text: string, kind: Kind): number {
  return bytesOf(Stack.of(scope).resolve(text), kind);
}

function bytesOf(resolved: unknown, kind: Kind): number {
  if (typeof resolved === 'string') return Buffer.byteLength(resolved);
  const { Ref: name = '', 'Fn::Join': join } = (resolved ?? {}) as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (join) return join[1].reduce<number>((sum, part) => sum + bytesOf(part, kind), 0);
  return pseudoParameters[name] ?? kinds[kind](name);
}
