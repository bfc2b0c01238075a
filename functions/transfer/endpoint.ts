import { TransferError } from './errors.ts';
import type { ObjectAddress } from './transfer.ts';
import type { CannedAcl } from './values/canned-acls.ts';
import type { PartChecksum } from './values/part-checksum.ts';
import { type Allow, covers, placesFor, type Use } from './values/places.ts';

/** A named store, as the stack gives it to the Lambdas. The secret itself is only in Secrets Manager. */
export type Endpoint = {
  readonly name: string;
  readonly provider: string;
  /** Left out for AWS itself: the SDK finds its URL by the region. */
  readonly url?: string | undefined;
  /** The URL by which clients reach the store, if it differs from `url`. The URLs for pushes are signed for it. */
  readonly publicUrl?: string | undefined;
  readonly region: string;
  /**
   * ARN of a secret `{ accessKeyId, secretAccessKey, sessionToken?, expiration? }`. If it is left out, the Lambda's own
   * role signs.
   */
  readonly secretArn?: string | undefined;
  readonly allow: Allow;
  /** Canned ACLs that requests may ask for beside "private". */
  readonly cannedAcls?: readonly CannedAcl[] | undefined;
  /** How checksums go with parts, if it differs from the provider's profile. */
  readonly partChecksum?: PartChecksum | undefined;
  /** Whoever signs pays for requests to buckets whose owner does not. */
  readonly requesterPays?: boolean | undefined;
  /** The account that must own every bucket there. */
  readonly expectedBucketOwner?: string | undefined;
  /** Assumed before each request is signed. The secret, or the Lambda's own role, only asks for it. */
  readonly role?: AssumedRole | undefined;
};

export type AssumedRole = {
  readonly arn: string;
  readonly externalId?: string | undefined;
  /** Left out for AWS's own STS in the region. */
  readonly stsUrl?: string | undefined;
};

export function unknownEndpoint(name: string): TransferError {
  return new TransferError(
    'InvalidRequest',
    `There is no endpoint "${name}" in this stack. \`partway endpoints\` lists the endpoints.`,
  );
}

/** Throws NotAllowed for an address outside the places that the endpoint allows for this use. */
export function refuseOutside(endpoint: Pick<Endpoint, 'name' | 'allow'>, address: ObjectAddress, use: Use): void {
  const { bucket, key } = address;
  const places = placesFor(endpoint, use);
  if (places.some((entry) => covers(entry, { bucket, prefix: key }))) return;
  throw new TransferError(
    'NotAllowed',
    `Endpoint "${endpoint.name}" may not ${use} ${bucket}/${key}. It may ${use}: ${places.join(', ') || 'nothing'}.`,
  );
}

/** The right to write to a bucket does not include the right to make its objects public. Throws NotAllowed. */
export function refuseAcl({ name, cannedAcls = [] }: Pick<Endpoint, 'name' | 'cannedAcls'>, acl?: CannedAcl): void {
  if (acl === undefined || acl === 'private' || cannedAcls.includes(acl)) return;
  const known = [...new Set(['private', ...cannedAcls])].join(', ');
  throw new TransferError(
    'NotAllowed',
    `\`acl\` is "${acl}", but endpoint "${name}" allows only: ${known}. To allow another one, name it in the endpoint's \`cannedAcls\`.`,
  );
}
