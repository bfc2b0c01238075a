/**
 * What a store answers where the bucket is in another region. AWS tells the region in a header, since an answer to HEAD has
 * no body: aws/aws-sdk-js-v3#5388. With a body it is an element of the error. IllegalLocationConstraintException is what
 * the regions say that an account must opt into; it does not tell the region.
 */
const REGION_CODES = ['PermanentRedirect', 'IllegalLocationConstraintException'];

// A header that is present in answers to other failures too, AccessDenied for instance, means nothing there.
const REGION_STATUSES = [301, 400];

/** In words where the bucket is; `undefined`: the region is not what was wrong. */
export function whereBucketIs(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $response, Region } = error as { $response?: Answer; Region?: unknown };
  const { statusCode = 0, headers = {} } = $response ?? {};
  const told = typeof Region === 'string' ? Region : headers['x-amz-bucket-region'];
  if (told && REGION_STATUSES.includes(statusCode)) return `the bucket is in the region ${told}`;
  return REGION_CODES.includes(error.name)
    ? 'the bucket is in another region, which the store does not name'
    : undefined;
}

type Answer = { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
