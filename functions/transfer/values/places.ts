/** Each place is a bucket, or a bucket with a prefix: `backups`, `genomes/raw/`. */
export type Places = readonly string[];
/** Where transfers may read and write; a list means both. */
export type Allow = Places | { readonly read?: Places | undefined; readonly write?: Places | undefined };
export type Use = 'read' | 'write';

/** A place as what it says: the bucket, and how keys begin there. Where the prefix is empty, any key does. */
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

/** Whether all keys that begin with `prefix` lie in the place. A prefix means what it means in S3: letter by letter. */
export function covers(entry: string, { bucket, prefix }: Place): boolean {
  const place = placeOf(entry);
  return place.bucket === bucket && prefix.startsWith(place.prefix);
}
