import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import type { Store } from './stores.ts';

/** An upload that is still open at a target, after every transfer has ended. */
export type Leftover = { readonly store: string; readonly key: string; readonly parts: number };

// A run leaves a handful at the worst; a list that does not end with its first page is itself a failure.
const UPLOADS_MAX = 1000;

export async function leftoversAt({ name, bucket, client }: Store): Promise<Leftover[]> {
  const listed = await client().send(new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: UPLOADS_MAX }));
  if (listed.IsTruncated) throw new Error(`${name} has more than ${UPLOADS_MAX} open uploads.`);
  const leftovers: Leftover[] = [];
  for (const { Key = '', UploadId } of listed.Uploads ?? []) {
    const { Parts = [] } = await client().send(new ListPartsCommand({ Bucket: bucket, Key, UploadId }));
    leftovers.push({ store: name, key: Key, parts: Parts.length });
  }
  return leftovers;
}

/** Begun, and its Initiate killed before it wrote the id down: nobody ever sent it a part. */
export const isOrphan = ({ parts }: Leftover): boolean => parts === 0;
