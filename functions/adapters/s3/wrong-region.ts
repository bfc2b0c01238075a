import { foreignText } from '../../transfer/values/foreign-text.ts';
import { urlIn } from '../../transfer/values/url-in.ts';

/**
 * What a store answers if the bucket is in another region. AWS sends 301, with the region in a header, since an answer
 * to HEAD has no body: aws/aws-sdk-js-v3#5388. If there is a body, the region is an element of the error. The regions
 * that an account must first enable answer IllegalLocationConstraintException, which does not name the region.
 */
const REGION_CODES = ['PermanentRedirect', 'IllegalLocationConstraintException'];
const REDIRECTS = [301, 302, 307, 308];
const REGION_CHARACTERS = 100;
const PLACE_CHARACTERS = 300;

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

/**
 * Where a redirect leads, without its query, which may have a token. `undefined`: it is no redirect, or does not say.
 * The SDK follows none, since a signature is good for one host only.
 */
export function redirectOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { $response, Endpoint } = error as { $response?: Answer; Endpoint?: unknown };
  const { headers = {} } = $response ?? {};
  if (!isRedirect(error)) return undefined;
  const to = urlIn(headers.location ?? '', 'https://relative.invalid');
  if (to && to.hostname !== 'relative.invalid') return foreignText(`${to.origin}${to.pathname}`, PLACE_CHARACTERS);
  return typeof Endpoint === 'string' ? foreignText(Endpoint, PLACE_CHARACTERS) : undefined;
}

/** Whether it is a redirect. Some have neither a body nor a header that says where to. */
export function isRedirect(error: unknown): boolean {
  return error instanceof Error && REDIRECTS.includes((error as { $response?: Answer }).$response?.statusCode ?? 0);
}

/** Whether the answer says that the newest version, or the one that was asked for, is only the mark of a deletion. */
export function isDeleteMarker(error: unknown): boolean {
  const { $response } = (error instanceof Error ? error : {}) as { $response?: Answer };
  return $response?.headers?.['x-amz-delete-marker'] === 'true';
}

type Answer = { readonly statusCode?: number; readonly headers?: Readonly<Record<string, string>> };
