/**
 * How a store takes a checksum with the bytes of a request, so that it can check them, and so that a bucket which insists on
 * one takes them (on AWS each bucket with a default retention). `trailer`: behind the bytes, which costs no memory.
 * `header`: before them, so the part must be held in memory. `none`: it is sent none.
 */
export const partChecksums = ['trailer', 'header', 'none'] as const;
export type PartChecksum = (typeof partChecksums)[number];

type Settings = { readonly url?: string | undefined; readonly partChecksum?: PartChecksum | undefined };

/**
 * What an endpoint is sent: as it says itself; else as its profile says, at AWS itself only, since stores that are like AWS
 * break on trailers (docs/providers.md). Over http:// there are no trailers.
 */
export function partChecksumAt({ url, partChecksum }: Settings, profile: PartChecksum): PartChecksum {
  const { protocol = 'https:', hostname = '' } = (url === undefined ? undefined : URL.parse(url)) ?? {};
  const isAws = url === undefined || /\.amazonaws\.com(\.cn)?$/.test(hostname);
  const said = partChecksum ?? (isAws ? profile : 'none');
  return said === 'trailer' && protocol !== 'https:' ? 'header' : said;
}
