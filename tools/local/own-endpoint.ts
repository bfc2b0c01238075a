import * as z from 'zod';
import { profiles } from '../../functions/providers/profiles.ts';
import { faultOfBucket, faultOfUrl } from '../../functions/transfer/addressing.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import { bucketName, objectKey } from '../../functions/transfer/request.ts';

const text = (rule: string) => z.string(rule).min(1, rule);
const key = text('it takes what the store gave out');
const buckets = 'it takes a list of buckets, or of buckets with a prefix: ["backups", "genomes/raw/"]';

// As requests are judged: what no request could name needs no leave.
const place = z.string(buckets).superRefine((entry, { addIssue }) => {
  const { bucket, prefix } = partsOf(entry);
  const judged = [bucketName.safeParse(bucket), ...(prefix === '' ? [] : [objectKey.safeParse(prefix)])];
  for (const why of judged.flatMap(({ error }) => error?.issues ?? []))
    addIssue(`it takes a bucket, or a bucket with a prefix, and ${why.message}`);
});

const urls = 'it takes a URL that begins with https:// or http://, without user, query and fragment';

export const endpointKeys = z.object({
  accessKeyId: key,
  secretAccessKey: key,
  sessionToken: key.optional(),
  expiration: z.iso.datetime({ offset: true, error: 'it takes a time such as 2026-11-20T10:00:00Z' }).optional(),
});

/** A store of a person's own, as settings.json has it. */
export const ownEndpoint = z.strictObject({
  provider: z.enum(Object.keys(profiles) as (keyof typeof profiles)[]),
  url: z.string(urls).refine(isPlain, urls).optional(),
  region: text('it takes the region that requests are signed for'),
  ...endpointKeys.shape,
  allow: z.array(place, buckets).min(1, buckets),
});

/**
 * Why its kind of store could not be asked so, though each field for itself is right. What is wrong by itself is left out
 * here, and does not hide the rest.
 */
export function faultsOfUse(name: string, value: unknown): string[] {
  const { provider, url, allow = [], sessionToken } = validFields(value);
  if (provider === undefined) return [];
  const profile = profiles[provider];
  const buckets = new Set(allow.map((entry) => partsOf(entry).bucket));
  const atBuckets = url === undefined ? [] : [...buckets].map((bucket) => faultOfBucket(url, profile, bucket));
  const token = sessionToken !== undefined && profile.takesSessionToken === false;
  const faults = [
    ['url', url === undefined ? faultOfNoUrl(value, profile) : faultOfUrl(url, profile)],
    ...atBuckets.map((fault) => ['allow', fault] as const),
    ['sessionToken', token ? `${profile.title} takes none; give a key pair that lasts` : undefined],
  ] as const;
  return faults.flatMap(([field, why]) => (why === undefined ? [] : `\`endpoints.${name}.${field}\`: ${why}`));
}

/** AWS's SDK knows by the region where AWS is, and would ask there. */
function faultOfNoUrl(value: unknown, { endpoint }: ProviderProfile): string | undefined {
  const isGiven = typeof value === 'object' && value !== null && 'url' in value;
  if (isGiven || endpoint.endsWith('.amazonaws.com')) return undefined;
  return `it is missing, and takes the URL of the store, such as ${endpoint}`;
}

function validFields(value: unknown): Partial<z.infer<typeof ownEndpoint>> {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  const fields = Object.entries(ownEndpoint.shape).map(
    ([name, field]) => [name, field.safeParse(given[name])] as const,
  );
  return Object.fromEntries(fields.flatMap(([name, { success, data }]) => (success ? [[name, data]] : [])));
}

function partsOf(entry: string): { bucket: string; prefix: string } {
  const [bucket = ''] = entry.split('/', 1);
  return { bucket, prefix: entry.slice(bucket.length + 1) };
}

function isPlain(text: string): boolean {
  const url = URL.parse(text);
  return (
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    url.username === '' &&
    url.password === '' &&
    url.search === '' &&
    url.hash === ''
  );
}
