import { etagRules, limitRules, noHeaders, overwritesSilently, unsupported } from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 4 * MiB,
  partBytesMax: 5 * GiB,
  partCountMax: 1000, // its table of errors; its page of limits says 10,000
  objectBytesMax: 50_000_000_000_000,
};
const unknownHeader = { status: 400, code: 'InvalidArgument', message: 'The header is not supported.' };

/** QingStor's S3 dialect, as its documents describe it. Where they are silent, QingStor's native API is imitated. */
export const qingstor: Temper = {
  name: 'qingstor',
  region: 'pek3b',
  limits,
  rules: [
    noHeaders(/^x-amz-security-token$/, unknownHeader),
    noHeaders(/^x-amz-(storage-class|acl|grant-|server-side-encryption|tagging)/, unknownHeader, [
      'PutObject',
      'CreateMultipartUpload',
    ]),
    ...limitRules(limits),
    unsupported('ListMultipartUploads', 'GetObjectTagging', 'PutObjectTagging'),
    // A request without max-parts gets the default of the native API.
    { on: ['ListParts'], change: ({ query }) => ({ query: { 'max-parts': query['max-parts'] ?? '200' } }) },
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    etagRules({
      shown: (etag, about) => (about === 'object' && etag.includes('-') ? undefined : etag),
      meant: (etag) => etag,
    }),
    // The native API answers with 201, and the answer to Complete has no body.
    {
      on: ['UploadPart', 'PutObject', 'CompleteMultipartUpload'],
      answer: (reply) => (reply.status === 200 ? { ...reply, status: 201, text: '', headers: emptied(reply) } : reply),
    },
  ],
  codes: {
    InvalidAccessKeyId: { status: 401, code: 'invalid_access_key_id' },
    SignatureDoesNotMatch: { status: 401, code: 'signature_not_matched' },
    RequestTimeTooSkewed: { status: 403, code: 'request_expired' },
    NoSuchUpload: { status: 400, code: 'upload_not_exists' }, // 404 in other pages
    NoSuchBucket: { status: 404, code: 'bucket_not_exists' },
    EntityTooSmall: { status: 400, code: 'entity_too_small' },
  },
  errorBody: ({ code, message = '' }) => ({
    contentType: 'application/json',
    text: JSON.stringify({ code, message, request_id: 'x', url: 'https://docs.qingcloud.com' }),
  }),
  throttle: { status: 429, code: 'fetch_throttled' },
};

function emptied({ headers }: { readonly headers: Readonly<Record<string, string>> }): Record<string, string> {
  return { ...headers, 'content-length': '0' };
}
