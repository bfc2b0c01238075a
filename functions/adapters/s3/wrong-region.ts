/**
 * What a store answers where the bucket is in another region. AWS tells the region in the header of a 301, since an answer
 * to HEAD has no body: aws/aws-sdk-js-v3#5388. With a body it is an element of the error. IllegalLocationConstraintException
 * is what the regions say that an account must opt into; it does not tell the region.
 */
const REGION_CODES = ['PermanentRedirect', 'IllegalLocationConstraintException'];

/** In words where the bucket is; `undefined`: the region is not what was wrong. */
export function whereBucketIs(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $response, Region } = error as { $response?: Answer; Region?: unknown };
  const { statusCode, headers = {} } = $response ?? {};
  // AWS sends the header beside other refusals too, where it names the very region of the endpoint.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
  const inHeader = statusCode === 301 ? headers['x-amz-bucket-region'] : undefined;
  const told = typeof Region === 'string' ? Region : inHeader;
  if (told) return `the bucket is in the region ${told}`;
  return REGION_CODES.includes(error.name)
    ? 'the bucket is in another region, which the store does not name'
    : undefined;
}

type Answer = { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
