/** Each place is a bucket, or a bucket with a prefix: `backups`, `genomes/raw/`. */
export type Places = readonly string[];
/** Where transfers may read and write. A list means both. */
export type Allow = Places | { readonly read?: Places | undefined; readonly write?: Places | undefined };
export type Use = 'read' | 'write';

/** What a place means: the bucket, and how its keys must begin. If the prefix is empty, any key will do. */
export type Place = { readonly bucket: string; readonly prefix: string };

export function placesFor({ allow }: { readonly allow: Allow }, use: Use): Places {
  return isList(allow) ? allow : (allow[use] ?? []);
}

function isList(allow: Allow): allow is Places {
  return Array.isArray(allow);
}

export function placeOf(entry: string): Place {
  const [bucket = ''] = entry.split('/', 1);
  return { bucket, prefix: entry.slice(bucket.length + 1) };
}

/** Whether all keys that begin with `prefix` are in the place. A prefix means the same as in S3: letter by letter. */
export function covers(entry: string, { bucket, prefix }: Place): boolean {
  const place = placeOf(entry);
  return place.bucket === bucket && prefix.startsWith(place.prefix);
}
