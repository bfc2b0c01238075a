import type * as z from 'zod';
import { profiles } from '../providers/profiles.ts';
import { faultOfBucket, faultOfUrl } from '../transfer/addressing.ts';
import type { AssumedRole } from '../transfer/endpoint.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import { placeOf, placesFor } from '../transfer/values/places.ts';
import { isAwsStsUrl, isAwsUrl } from './aws-url.ts';
import { endpointShape } from './schema.ts';

/** A field, and why its value is wrong. */
export type FaultOfUse = readonly [
  field: 'url' | 'allow' | 'expectedBucketOwner' | 'role' | 'role.stsUrl',
  why: string,
];
/** Without a secret, the Lambdas' role signs. */
export type Signer = { readonly hasSecret: boolean };

/**
 * Why an endpoint could not be used although each field by itself is right. A field that is wrong by itself is ignored,
 * so that it does not hide the rest.
 */
export function faultsOfUse(value: unknown, signer: Signer): FaultOfUse[] {
  const { provider, url, allow = [], expectedBucketOwner, role } = validFields(value);
  if (provider === undefined) return [];
  const profile = profiles[provider];
  const buckets = new Set([...placesFor({ allow }, 'read'), ...placesFor({ allow }, 'write')].map(bucketOf));
  const faults: (readonly [FaultOfUse[0], string | undefined])[] = [
    ['url', url === undefined ? faultOfNoUrl(value, profile) : faultOfUrl(url, profile)],
    ['url', url === undefined ? undefined : faultOfRole(url, signer)],
    ...[...buckets].map((bucket) => ['allow', url && faultOfBucket(url, profile, bucket)] as const),
    ['expectedBucketOwner', expectedBucketOwner && faultOfOwner(profile)],
    ...(role ? faultsOfAssuming(role, { url, profile, ...signer }) : []),
  ];
  return faults.flatMap(([field, why]) => (why === undefined ? [] : [[field, why] as const]));
}

/** Why the Lambdas' role may not sign for this URL. `undefined`: a secret signs, or the URL is AWS's own. */
export function faultOfRole(url: string, { hasSecret }: Signer): string | undefined {
  if (hasSecret || isAwsUrl(url)) return undefined;
  return 'it is not AWS, and the endpoint names no secret. So the Lambdas would send their own session token there, and their role would get rights to buckets of this account. Name a secret that has the keys of that store';
}

/** A store that ignores the header would make a person believe in a check that nobody makes. */
function faultOfOwner({ title, comparesBucketOwner }: ProviderProfile): string | undefined {
  if (comparesBucketOwner) return undefined;
  return `${title} is not known to compare the owner of a bucket: leave it out`;
}

type Assuming = Signer & { readonly url: string | undefined; readonly profile: ProviderProfile };

/** Why the role could not be assumed, or why somebody would get credentials that are not for them. */
function faultsOfAssuming({ stsUrl }: AssumedRole, { url, profile, hasSecret }: Assuming): FaultOfUse[] {
  if (profile.takesSessionToken === false)
    return [['role', `the keys of a role have a session token, and ${profile.title} takes none`]];
  if (stsUrl !== undefined && !hasSecret && !isAwsStsUrl(stsUrl))
    return [
      [
        'role.stsUrl',
        'it is not AWS, and the endpoint names no secret. So the Lambdas would send their own session token there. Name a secret that has the keys of that store',
      ],
    ];
  if (stsUrl === undefined && url !== undefined && !isAwsUrl(url))
    return [
      [
        'role',
        "the endpoint is not AWS, and AWS does not know its roles: give the address of the store's own STS as `stsUrl`",
      ],
    ];
  return [];
}

/** Why an endpoint needs a URL. Without one the SDK would send the request to AWS, which it finds by the region. */
function faultOfNoUrl(value: unknown, { endpoint }: ProviderProfile): string | undefined {
  const isGiven = typeof value === 'object' && value !== null && 'url' in value && value.url !== undefined;
  if (isGiven || endpoint.endsWith('.amazonaws.com')) return undefined;
  return `it is missing; give the URL of the store, such as ${endpoint}`;
}

type Fields = { readonly [Field in keyof typeof endpointShape]?: z.infer<(typeof endpointShape)[Field]> };

function validFields(value: unknown): Fields {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const fields = Object.entries(endpointShape).map(([name, field]) => [name, field.safeParse(given[name])] as const);
  return Object.fromEntries(fields.flatMap(([name, { success, data }]) => (success ? [[name, data]] : [])));
}

function bucketOf(entry: string): string {
  return placeOf(entry).bucket;
}
