import { MiB } from './sizes.ts';
import { urlIn } from './url-in.ts';

/**
 * How a store takes a checksum with a request's bytes, so that it can check them. Some buckets require one (on AWS each
 * bucket with a default retention). `trailer`: behind the bytes, which costs no memory. `header`: before them, so the
 * part must be held in memory. `none`: the store gets no checksum.
 */
export const partChecksums = ['trailer', 'header', 'none'] as const;
export type PartChecksum = (typeof partChecksums)[number];

/** Of `header`, the largest part: one Lambda has 1 GiB, and may hold several at once. */
export const HELD_BYTES_MAX = 64 * MiB;

type Settings = { readonly url?: string | undefined; readonly partChecksum?: PartChecksum | undefined };

/**
 * How an endpoint gets checksums. Its own setting comes first. The value of the profile counts only at AWS itself,
 * since stores that imitate AWS break on trailers (docs/providers.md). Over http:// there are no trailers, so the
 * checksum goes into a header.
 */
export function partChecksumAt({ url, partChecksum }: Settings, profile: PartChecksum): PartChecksum {
  const { protocol = 'https:', hostname = '' } = (url === undefined ? undefined : urlIn(url)) ?? {};
  const isAws = url === undefined || /\.amazonaws\.com(\.cn)?$/.test(hostname);
  const said = partChecksum ?? (isAws ? profile : 'none');
  return said === 'trailer' && protocol !== 'https:' ? 'header' : said;
}
