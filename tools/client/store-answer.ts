import { TransferError } from '../../functions/transfer/errors.ts';

/** What a store answered to a PUT. The ETag is without quotes. */
export type Answer = { readonly status: number; readonly etag: string | undefined; readonly text: string };

/** The store's words, without the URL. A store that answers before it has all bytes has refused them, whatever it says. */
export function refusal({ status, text }: Pick<Answer, 'status' | 'text'>): TransferError {
  const code = /<Code>([^<]{1,100})<\/Code>/.exec(text)?.[1] ?? `status ${status}`;
  const said = /<Message>([^<]{1,300})<\/Message>/.exec(text)?.[1] ?? '';
  const message = `The store answered ${status}, ${code}${said && `: ${said}`}`;
  return new TransferError(nameOf(status, code, said), message.endsWith('.') ? message : `${message}.`);
}

function nameOf(status: number, code: string, said: string): TransferError['name'] {
  if (status === 429 || status === 503 || /SlowDown|Throttl|TooManyRequests/i.test(code)) return 'Throttled';
  if (status < 400 || status >= 500 || status === 408 || code === 'RequestTimeout' || code === 'IncompleteBody')
    return 'Unreachable';
  if (/expired/i.test(`${code} ${said}`)) return 'Expired';
  // The bytes changed on the way. OSS calls it InvalidDigest.
  if (/^(BadDigest|InvalidDigest|XAmzContentChecksumMismatch)$/.test(code)) return 'Unreachable';
  if (status === 404) return code === 'NoSuchBucket' ? 'NoSuchBucket' : 'UploadLost';
  if (status === 412 || status === 409) return 'TargetExists';
  return 'Refused';
}
