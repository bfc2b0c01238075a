import { Token } from 'aws-cdk-lib';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';
import * as z from 'zod';
import { faultsOfUse } from '../../functions/endpoints/faults-of-use.ts';
import { kmsKeyArn, namedEndpoint } from '../../functions/endpoints/schema.ts';
import type { CannedAcl } from '../../functions/transfer/values/canned-acls.ts';
import { faultsIn } from '../../functions/transfer/values/faults.ts';
import type { PartChecksum } from '../../functions/transfer/values/part-checksum.ts';
import { type Allow, placesFor, type Use } from '../../functions/transfer/values/places.ts';

/** A store that transfers may name. Transfers cannot touch a store that is not listed here. */
export interface EndpointProps {
  /** Letters, digits and "-". Requests use this name. */
  readonly name: string;
  /** The kind of store: docs/providers.md lists them. */
  readonly provider: string;
  /** Leave it out for AWS itself. */
  readonly url?: string;
  /** The address by which clients reach the store, if it differs from the stack's address. Default: `url`. */
  readonly publicUrl?: string;
  /** The region for which requests are signed. */
  readonly region: string;
  /**
   * Holds `{ "accessKeyId", "secretAccessKey", "sessionToken"?, "expiration"? }`. Leave it out for AWS buckets that the
   * Lambdas' own roles may touch.
   */
  readonly secret?: ISecret;
  /**
   * Customer-managed keys. They encrypt the secret, the buckets of an endpoint without a secret, or objects of requests
   * with `encryption`.
   */
  readonly kmsKeyArns?: readonly string[];
  /** Buckets, or buckets with a prefix: `backups`, `genomes/raw/`. A plain list may be both read and written. */
  readonly allow: Allow;
  /** Canned ACLs that requests may ask for, besides "private". Default: none. */
  readonly cannedAcls?: readonly CannedAcl[];
  /**
   * How Partway sends the checksum of a part: after the bytes (`trailer`, over HTTPS), before them (`header`, for parts of
   * at most 64 MiB), or not at all (`none`). Default: `trailer` at AWS itself, and `none` at other stores.
   */
  readonly partChecksum?: PartChecksum;
  /** Whoever signs pays for requests, and for bytes that leave, to buckets whose owner does not. Default: false. */
  readonly requesterPays?: boolean;
  /** The account, as 12 digits, that must own every bucket there. AWS refuses other buckets. Default: any account. */
  readonly expectedBucketOwner?: string;
  /**
   * A role that Partway assumes to read and write there: with the keys in `secret`, or with the Lambdas' own roles, which
   * then may do nothing else at this endpoint. Default: none.
   */
  readonly role?: AssumedRoleProps;
}

export interface AssumedRoleProps {
  readonly arn: string;
  /** What the role's trust policy asks for. */
  readonly externalId?: string;
  /** Default: AWS's STS in the endpoint's region. */
  readonly stsUrl?: string;
}

const schema = namedEndpoint.extend({ kmsKeyArns: z.array(kmsKeyArn).optional() });

/**
 * Throws one Error that names every field that cannot work. This function does not check a value that is known only after
 * the deployment (a token). The Lambdas check it when they read it.
 */
export function refuseBadEndpoints(endpoints: readonly EndpointProps[]): void {
  const names = endpoints.map(({ name }) => name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  const faults = [
    ...twice.map((name) => `"${name}" is declared twice`),
    ...endpoints.flatMap((endpoint) => faultsOf(endpoint).map((fault) => `"${endpoint.name}": ${fault}`)),
  ];
  if (faults.length > 0) throw new Error(`The endpoints cannot be accepted: ${faults.join('. ')}.`);
}

function faultsOf({ secret, ...value }: EndpointProps): string[] {
  const result = schema.safeParse(value);
  // The endpoint's name becomes part of a parameter's name, so it must be known now.
  const issues = (result.error?.issues ?? []).filter(
    ({ path }) => path[0] === 'name' || !Token.isUnresolved(valueAt(value, path)),
  );
  const known = { ...value, allow: withoutTokens(value.allow) };
  const ofUse = faultsOfUse(known, { hasSecret: secret !== undefined });
  return [
    ...faultsIn({ issues }, value, { whole: 'It', hidden: /^$/ }),
    ...ofUse.map(([field, why]) => `\`${field}\`: ${why}`),
  ];
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce((within, key) => (within as Record<PropertyKey, unknown> | undefined)?.[key], value);
}

function withoutTokens(allow: Allow): Allow {
  if (typeof allow !== 'object' || allow === null) return allow; // JavaScript callers have no compiler that checks this
  const known = (use: Use) => placesFor({ allow }, use).filter((place) => !Token.isUnresolved(place));
  return { read: known('read'), write: known('write') };
}
