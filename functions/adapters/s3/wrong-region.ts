import { foreignText } from '../../transfer/values/foreign-text.ts';

/**
 * What a store answers if the bucket is in another region. AWS sends 301, with the region in a header, since an answer
 * to HEAD has no body: aws/aws-sdk-js-v3#5388. If there is a body, the region is an element of the error. The regions
 * that an account must first enable answer IllegalLocationConstraintException, which does not name the region.
 */
const REGION_CODES = ['PermanentRedirect', 'IllegalLocationConstraintException'];
const REGION_CHARACTERS = 100;

/** Says where the bucket is. `undefined`: the error is not about the region. */
export function whereBucketIs(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $response, Region } = error as { $response?: Answer; Region?: unknown };
  const { statusCode, headers = {} } = $response ?? {};
  // AWS also sends this header with other refusals. Then it names the region of the endpoint.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
  const inHeader = statusCode === 301 ? headers['x-amz-bucket-region'] : undefined;
  const told = typeof Region === 'string' ? Region : inHeader;
  if (told) return `the bucket is in the region ${foreignText(told, REGION_CHARACTERS)}`;
  return REGION_CODES.includes(error.name)
    ? 'the bucket is in another region, which the store does not name'
    : undefined;
}

type Answer = { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
