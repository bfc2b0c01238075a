import { TransferError } from './errors.ts';
import type { ObjectAddress } from './transfer.ts';

/** A store by name, as the stack's properties give it to the Lambdas. The secret itself is only in Secrets Manager. */
export type Endpoint = {
  readonly name: string;
  readonly provider: string;
  /** Left out for AWS itself, where the region says it. */
  readonly url: string | undefined;
  readonly region: string;
  /** ARN of a secret `{ accessKeyId, secretAccessKey, sessionToken?, expiration? }`; left out, the Lambda's own role signs. */
  readonly secretArn: string | undefined;
  /** `bucket` or `bucket/prefix`: what it may touch. */
  readonly allow: readonly string[];
};

/** Throws InvalidRequest for an endpoint that the stack does not have, NotAllowed for what is outside its buckets and prefixes. */
export function endpointFor(endpoints: ReadonlyMap<string, Endpoint>, address: ObjectAddress): Endpoint {
  const endpoint = endpoints.get(address.endpoint);
  if (!endpoint) {
    const known = [...endpoints.keys()].join(', ') || 'none';
    throw new TransferError(
      'InvalidRequest',
      `There is no endpoint "${address.endpoint}" in this stack; it has: ${known}.`,
    );
  }
  if (!endpoint.allow.some((entry) => covers(entry, address))) {
    throw new TransferError(
      'NotAllowed',
      `Endpoint "${endpoint.name}" may not touch ${address.bucket}/${address.key}; it may touch: ${endpoint.allow.join(', ')}.`,
    );
  }
  return endpoint;
}

/** A prefix means what it means in S3: the key begins with it, letter by letter. */
function covers(entry: string, { bucket, key }: ObjectAddress): boolean {
  const slash = entry.indexOf('/');
  const [name, prefix] = slash === -1 ? [entry, ''] : [entry.slice(0, slash), entry.slice(slash + 1)];
  return name === bucket && key.startsWith(prefix);
}
