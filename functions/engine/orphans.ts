import { TransferError } from '../transfer/errors.ts';
import type { OpenUpload, Ports } from '../transfer/ports.ts';

export type Orphan = { readonly endpoint: string; readonly bucket: string; readonly aborted: boolean } & OpenUpload;
export type Place = { readonly endpoint: string; readonly bucket: string; readonly prefix: string };
export type OrphanLimits = {
  readonly olderThanMs: number;
  readonly abort: boolean;
  readonly known: ReadonlySet<string>;
};

/** Everything that endpoints may touch, since nothing else can hold an upload of ours. */
export function placesOf(ports: Ports): Place[] {
  return ports.endpoints().flatMap(({ name, allow }) =>
    allow.map((entry) => {
      const [bucket = '', ...prefix] = entry.split('/');
      return { endpoint: name, bucket, prefix: prefix.join('/') };
    }),
  );
}

/** Old uploads that no transfer knows. Throws InvalidRequest where the store cannot list them. */
export async function orphansAt(
  ports: Ports,
  { endpoint, bucket, prefix }: Place,
  { olderThanMs, abort, known }: OrphanLimits,
): Promise<Orphan[]> {
  const store = await ports.store(endpoint);
  const uploads = store.profile.listsUploads === true ? await store.listUploads(bucket, prefix) : undefined;
  if (!uploads) {
    throw new TransferError(
      'InvalidRequest',
      `${store.profile.title} cannot list its uploads; only those of known transfers are swept.`,
    );
  }
  const orphans = uploads.filter(({ uploadId, initiatedAtMs }) => !known.has(uploadId) && initiatedAtMs < olderThanMs);
  for (const { key, uploadId } of abort ? orphans : []) await store.abortUpload({ endpoint, bucket, key }, uploadId);
  return orphans.map((orphan) => ({ endpoint, bucket, ...orphan, aborted: abort }));
}
