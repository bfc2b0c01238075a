import type { Endpoint } from './endpoint.ts';
import { TransferError } from './errors.ts';
import type { ProviderProfile } from './provider.ts';

type NamedUrl = Pick<Endpoint, 'name' | 'url'>;
type AddressRules = Pick<ProviderProfile, 'title' | 'addressing' | 'tls'>;

/**
 * Throws InvalidRequest if requests could not reach the bucket in the way that its store requires: over HTTP where it
 * takes only HTTPS, or with the bucket in the path where it must stand in the host name. The SDK would silently fall
 * back to the path, and the store would refuse with another cause (OBS: NoSuchKey).
 */
export function refuseUnaddressable({ name, url }: NamedUrl, rules: AddressRules, bucket: string): void {
  if (url === undefined) return; // AWS itself takes both ways
  const why = faultOfUrl(url, rules) ?? faultOfBucket(url, rules, bucket);
  if (why === undefined) return;
  const code = lacksTls(url, rules) ? 'HttpsOnly' : 'HostNameOnly';
  throw new TransferError('InvalidRequest', `Endpoint "${name}" (${rules.title}): ${why}.`, { said: { code } });
}

/** Says why no bucket could be reached there. `undefined`: some can. */
export function faultOfUrl(url: string, rules: AddressRules): string | undefined {
  if (lacksTls(url, rules)) return `the store takes HTTPS only, and ${url} is not an HTTPS URL`;
  if (rules.addressing === 'virtual-host-only' && isIpAddress(url))
    return `the store takes a bucket only in the host name, and ${new URL(url).hostname} is an IP address. Give the store's domain`;
  return undefined;
}

function lacksTls(url: string, { tls }: AddressRules): boolean {
  return tls === 'required' && new URL(url).protocol !== 'https:';
}

/** Says why this bucket could not be reached. */
export function faultOfBucket(url: string, { addressing }: AddressRules, bucket: string): string | undefined {
  if (addressing !== 'virtual-host-only' || fitsBeforeHost(bucket, new URL(url).protocol)) return undefined;
  return `the store takes a bucket only in the host name, and "${bucket}" cannot be there: a certificate covers one label of 3 to 63 small letters, digits and hyphens, without dots`;
}

/** A bucket cannot stand before an IP address, so such stores get the bucket in the path. */
export function isIpAddress(url: string): boolean {
  return /^\[|^\d+\.\d+\.\d+\.\d+$/.test(new URL(url).hostname);
}

/** Decides as the SDK does: a bucket with dots goes into the host name only if no certificate must cover it. */
function fitsBeforeHost(bucket: string, protocol: string): boolean {
  const labels = protocol === 'https:' ? [bucket] : bucket.split('.');
  return bucket.length >= 3 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
