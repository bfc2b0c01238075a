import type { Endpoint } from './endpoint.ts';
import { TransferError } from './errors.ts';
import type { ProviderProfile } from './provider.ts';

type Spoken = Pick<Endpoint, 'name' | 'url'>;
type Manner = Pick<ProviderProfile, 'title' | 'addressing' | 'tls'>;

/**
 * Throws InvalidRequest where requests could not reach the bucket as its store wants to be asked: over HTTP where it
 * takes HTTPS only, or with the bucket in the path where it must stand in the host name. The SDK would fall back to the
 * path without a word, and the store would answer with a refusal that names another cause (OBS: NoSuchKey).
 */
export function refuseUnspeakable({ name, url }: Spoken, manner: Manner, bucket: string): void {
  if (url === undefined) return; // AWS itself, which takes both ways
  const why = faultOfUrl(url, manner) ?? faultOfBucket(url, manner, bucket);
  if (why === undefined) return;
  const code = lacksTls(url, manner) ? 'HttpsOnly' : 'HostNameOnly';
  throw new TransferError('InvalidRequest', `Endpoint "${name}" (${manner.title}): ${why}.`, { said: { code } });
}

/** Why no bucket could be reached there, in words; `undefined`: some can. */
export function faultOfUrl(url: string, manner: Manner): string | undefined {
  if (lacksTls(url, manner)) return `the store takes HTTPS only, and ${url} is not an HTTPS URL`;
  if (manner.addressing === 'virtual-host-only' && isIpAddress(url))
    return `the store wants the bucket before its host name, and ${new URL(url).hostname} is an IP address; give its domain`;
  return undefined;
}

function lacksTls(url: string, { tls }: Manner): boolean {
  return tls === 'required' && new URL(url).protocol !== 'https:';
}

/** Why this one could not be. */
export function faultOfBucket(url: string, { addressing }: Manner, bucket: string): string | undefined {
  if (addressing !== 'virtual-host-only' || fitsBeforeHost(bucket, new URL(url).protocol)) return undefined;
  return `the store wants the bucket before its host name, where "${bucket}" cannot stand: a certificate covers one label of 3 to 63 small letters, digits and hyphens, without dots`;
}

/** A bucket cannot be a label before an IP address, so such stores are addressed by path. */
export function isIpAddress(url: string): boolean {
  return /^\[|^\d+\.\d+\.\d+\.\d+$/.test(new URL(url).hostname);
}

/** As the SDK judges: several labels only where no certificate must cover them. */
function fitsBeforeHost(bucket: string, protocol: string): boolean {
  const labels = protocol === 'https:' ? [bucket] : bucket.split('.');
  return bucket.length >= 3 && labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label));
}
