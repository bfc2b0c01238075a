import { NOT_AS_S3 } from '../../transfer/at-stores.ts';
import { type ErrorName, TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { statusOf } from './status.ts';
import { whereBucketIs } from './wrong-region.ts';

/**
 * What stores call their failures, in our words. Most codes are AWS's: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * What one kind of store says otherwise is in its profile, with the source.
 */
const nameByCode: Readonly<Record<string, ErrorName>> = {
  NoSuchUpload: 'UploadLost',
  ConditionalRequestConflict: 'UploadLost', // AWS wants the upload to be begun anew after this one
  NoSuchBucket: 'NoSuchBucket',
  InvalidBucketName: 'NoSuchBucket',
  NoSuchKey: 'SourceMissing',
  NoSuchVersion: 'SourceMissing',
  SlowDown: 'Throttled',
  SlowDownRead: 'Throttled',
  SlowDownWrite: 'Throttled',
  ServiceUnavailable: 'Throttled',
  TooManyRequests: 'Throttled',
  RequestRateLimitExceeded: 'Throttled', // Wasabi says it with a 403
  QpsLimitExceeded: 'Throttled',
  Throttling: 'Throttled', // KS3 and AWS's own services, with a 400
  RequestTimeout: 'Unreachable',
  InternalError: 'Unreachable',
  OperationAborted: 'Unreachable',
  IncompleteBody: 'Unreachable', // a cut connection, said with a 400
  AccessDenied: 'Refused', // also hidden in a 200, which the SDK takes for a 503
  // Said with a 400 by AWS, and yet it is the credentials or the region of the endpoint.
  ExpiredToken: 'Expired',
  ExpiredTokenException: 'Expired',
  TokenRefreshRequired: 'Expired',
  CredentialsReplaced: 'Expired', // ours: rotating-credentials.ts
  InvalidToken: 'Refused', // malformed, or of another account: waiting does not mend it
  AuthorizationHeaderMalformed: 'Refused',
  'KMS.DisabledException': 'Refused',
  // Archived: it must be restored before it can be read, or copied by the store itself.
  InvalidObjectState: 'NotAllowed',
  ObjectNotInActiveTierError: 'NotAllowed',
  RequestTimeTooSkewed: 'ClockSkewed',
  RequestExpired: 'ClockSkewed',
  PreconditionFailed: 'TargetExists',
  FileAlreadyExists: 'TargetExists',
  InvalidPart: 'Incomplete',
  BadDigest: 'Damaged',
  XAmzContentSHA256Mismatch: 'Damaged',
  EntityTooLarge: 'InvalidRequest',
  EntityTooSmall: 'InvalidRequest',
  InvalidArgument: 'InvalidRequest',
  InvalidRequest: 'InvalidRequest',
  InvalidStorageClass: 'InvalidRequest',
  NotImplemented: 'InvalidRequest',
};

const nameByStatus: Readonly<Record<number, ErrorName>> = {
  400: 'InvalidRequest',
  401: 'Refused',
  403: 'Refused',
  408: 'Unreachable',
  412: 'TargetExists',
  429: 'Throttled',
  501: 'InvalidRequest',
  503: 'Throttled',
};

// Enough for the title of a page.
const EXCERPT_CHARACTERS = 200;

/** What was being done, for the sentence; and what an answer means there, where it means something else. */
export type Doing = {
  readonly what: string;
  readonly means?: Readonly<Record<string, ErrorName>>;
  readonly partNumber?: number;
};

// Some stores (Ceph among them) answer NoSuchKey where AWS answers NoSuchUpload.
export const goneUpload = { NoSuchKey: 'UploadLost', 404: 'UploadLost', NoSuchBucket: 'NoSuchBucket' } as const;

export type Ask = <T>(doing: Doing, call: () => Promise<T>) => Promise<T>;

/** `doing`, with the codes of one kind of store before AWS's. */
export function asking({ errorCodes }: Pick<ProviderProfile, 'errorCodes'>): Ask {
  return ({ means, ...rest }, call) => doing({ ...rest, means: { ...errorCodes, ...means } }, call);
}

/** Runs one call to a store, and turns what it throws into one of our errors. */
export async function doing<T>(doing: Doing, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw asTransferError(error, doing);
  }
}

function asTransferError(error: unknown, { what, means, partNumber }: Doing): TransferError {
  if (error instanceof TransferError) return error;
  const { code, status, message } = answerOf(error);
  const origin = { cause: error, said: { code, status }, ...(partNumber === undefined ? {} : { partNumber }) };
  const where = whereBucketIs(error);
  if (where !== undefined) {
    const sentence = `${what}: ${where}, but the endpoint names another region (${status} ${code}).`;
    return new TransferError('WrongRegion', sentence, origin);
  }
  const name = nameOf(error, means);
  return new TransferError(name, `${what}: ${status ?? 'no answer'} ${code}${message ? `: ${message}` : ''}`, origin);
}

/** What a failure is called, by its code, then by its status; `means` comes before AWS's words. */
export function nameOf(error: unknown, means: Doing['means'] = {}): ErrorName {
  const { code, status } = answerOf(error);
  return means[code] ?? means[String(status)] ?? nameByCode[code] ?? byStatus(status);
}

/** No status at all is the network's: a reset, a refused connection, a name that does not resolve. */
function byStatus(status: number | undefined): ErrorName {
  if (status === undefined || status < 300) return 'Unreachable';
  return nameByStatus[status] ?? (status >= 500 ? 'Unreachable' : 'Refused');
}

function answerOf(error: unknown): { code: string; status: number | undefined; message: string } {
  if (!(error instanceof Error)) return { code: 'Unknown', status: undefined, message: String(error) };
  const status = statusOf(error);
  const native = nativeAnswer(error, status);
  if (native) return { ...native, status };
  // Node's own errors carry the useful word in `code`: ECONNRESET, ENOTFOUND.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const message = error.message === 'UnknownError' || error.message === code ? '' : error.message;
  return { code, status, message };
}

type NativeAnswer = { readonly code: string; readonly message: string };

/** What the SDK cannot read, and of which it keeps the text and no code. */
function nativeAnswer(error: object, status = 0): NativeAnswer | undefined {
  if (!('$responseBodyText' in error) || typeof error.$responseBodyText !== 'string') return undefined;
  const { $responseBodyText: text } = error;
  return jsonAnswer(text) ?? (status >= 300 ? { code: NOT_AS_S3, message: excerpt(text) } : undefined);
}

/** QingStor's own errors are JSON: yunify/qingcloud-docs, object-storage/api. */
function jsonAnswer(text: string): NativeAnswer | undefined {
  try {
    const { code, message } = JSON.parse(text);
    return typeof code === 'string' ? { code, message: typeof message === 'string' ? message : '' } : undefined;
  } catch {
    return undefined;
  }
}

/** A gateway's page in one line, without its tags. */
function excerpt(text: string): string {
  const words = text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
  return words.trim().slice(0, EXCERPT_CHARACTERS);
}
