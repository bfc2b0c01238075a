import { ListMultipartUploadsCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import type { Store } from './stores.ts';

/** An upload that is still open at a target after all transfers have ended. */
export type Leftover = { readonly store: string; readonly key: string; readonly parts: number };

// A run leaves a few uploads at most. If the list has more than one page, that is a failure.
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

/** An upload whose Initiate was killed before it recorded the id. Nobody ever sent a part to it. */
export const isOrphan = ({ parts }: Leftover): boolean => parts === 0;
