import type { ObservedCall } from '../../tools/signed/observe.ts';
import type { Need } from './needs.ts';
import { onBucket, onObject } from './needs-s3.ts';

type Reply = { readonly headers?: Readonly<Record<string, string>> };
/** Whether the caller has this right too. */
type Has = (need: Need) => boolean;
/** Throws if the caller does not have this right. */
type Demand = (need: Need) => void;

const COUNT = 'x-amz-tagging-count';

/**
 * Changes an answer as S3 does for callers with fewer rights. Only callers who may list the bucket learn that a key is
 * missing. Only callers who may read tags learn their number; others get the same answer without that header.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html, API_GetObject.html ("x-amz-tagging-count")
 */
export async function answeredByS3(
  { service, operation, input }: ObservedCall,
  serve: () => Promise<unknown>,
  { has, demand }: { has: Has; demand: Demand },
): Promise<unknown> {
  if (service !== 's3') return serve();
  const reply = (await serve().catch((error) => {
    if ((error?.code ?? error?.name) === 'NoSuchKey') demand(onBucket('s3:ListBucket', input));
    throw error;
  })) as Reply;
  const counts = /^(Head|Get)Object$/.test(operation) && reply.headers?.[COUNT] !== undefined;
  if (!counts || has(onObject('s3:GetObjectTagging', input))) return reply;
  const { [COUNT]: _, ...headers } = reply.headers ?? {};
  return { ...reply, headers };
}
