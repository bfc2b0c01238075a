import * as z from 'zod';
import { profiles } from '../providers/profiles.ts';
import { endpointName, objectKey } from '../transfer/request.ts';
import { faultOfBucketName } from '../transfer/values/bucket-name.ts';
import { cannedAcls } from '../transfer/values/canned-acls.ts';
import { partChecksums } from '../transfer/values/part-checksum.ts';
import { placeOf } from '../transfer/values/places.ts';
import { urlIn } from '../transfer/values/url-in.ts';
import { assumedRole } from './role.ts';

/**
 * The fields of an endpoint. They are the same in partway.json, in the properties of the construct, in settings.json on
 * a laptop, and in the parameter that the Lambdas read. Each of these adds its own way to name the keys of the store.
 */

const lists = 'it takes a list of buckets, or of buckets with a prefix: ["backups", "genomes/raw/"]';
const allowed = `${lists}; or { "read": […], "write": […] } with one list for each`;

// The same rules hold for requests. So a place that no request could name is refused here.
const place = z.string(lists).superRefine((entry, { addIssue }) => {
  const { bucket, prefix } = placeOf(entry);
  const key = prefix === '' ? [] : (objectKey.safeParse(prefix).error?.issues ?? []);
  // A key may end in a star, but a person who writes one here means all keys.
  const star = prefix.endsWith('*') ? 'a prefix means every key that begins with it: leave out the "*"' : [];
  const faults = [faultOfBucketName(bucket) ?? [], key.map(({ message }) => message), star].flat();
  // We add the issues as objects, for the reason that request.ts gives.
  for (const why of faults)
    addIssue({ code: 'custom', message: `it takes a bucket, or a bucket with a prefix, and ${why}` });
});

const both = z.array(place, lists).min(1, lists);
const apart = z
  .strictObject({ read: z.array(place, lists).optional(), write: z.array(place, lists).optional() })
  .refine(({ read = [], write = [] }) => read.length + write.length > 0, 'it names no place');

const urls = 'it takes a URL that begins with https:// or http://, without user, query and fragment';
const owners = 'it takes the 12 digits of an account';
const regions = 'it takes the region that requests are signed for, without spaces';

export const endpointShape = {
  provider: z.enum(Object.keys(profiles) as (keyof typeof profiles)[]),
  url: z.string(urls).refine(isPlain, urls).optional(),
  /** The URL by which clients reach the store, if it differs from `url`. */
  publicUrl: z.string(urls).refine(isPlain, urls).optional(),
  region: z.string(regions).regex(/^[\x21-\x7e]+$/, regions),
  allow: z.union([both, apart], allowed),
  /** Canned ACLs that requests may ask for beside "private". */
  cannedAcls: z.array(z.enum(cannedAcls)).optional(),
  /** How checksums go with parts, if it differs from the provider's profile. */
  partChecksum: z.enum(partChecksums).optional(),
  /** Whoever signs pays for requests, and for bytes that leave, to buckets whose owner does not. */
  requesterPays: z.boolean().optional(),
  /** The account that must own every bucket there. The store refuses other buckets. */
  expectedBucketOwner: z
    .string(owners)
    .regex(/^\d{12}$/, owners)
    .optional(),
  /** A role that Partway assumes, with the secret or with the Lambdas' own roles. It alone may read and write. */
  role: assumedRole.optional(),
} as const;

/** The ARN of a key of a key service, as policies name it. An alias gives no rights there. */
export const kmsKeyArn = z
  .string()
  .regex(
    /^arn:[^:]+:kms:[^:]+:[^:]+:key\/.+$/,
    'it takes the ARN of a key, such as "arn:aws:kms:…:key/…", not of an alias',
  );

/** The fields with the name of the endpoint, as the construct gets them and the Lambdas read them. */
export const namedEndpoint = z.strictObject({ name: endpointName, ...endpointShape });

function isPlain(text: string): boolean {
  const url = urlIn(text);
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return [url.username, url.password, url.search, url.hash].every((part) => part === '');
}
