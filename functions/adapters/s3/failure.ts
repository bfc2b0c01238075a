import { NOT_AS_S3 } from '../../transfer/at-stores.ts';
import { type ErrorName, TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import { foreignText } from '../../transfer/values/foreign-text.ts';
import { statusOf } from './status.ts';
import { isRedirect, redirectOf, whereBucketIs } from './wrong-region.ts';

/**
 * Our error name for each error code of a store. Most codes are AWS's:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 * If a kind of store uses a code in another sense, its profile says so, with the source.
 */
const nameByCode: Readonly<Record<string, ErrorName>> = {
  NoSuchUpload: 'UploadLost',
  ConditionalRequestConflict: 'UploadLost', // AWS asks for a new upload after this one
  NoSuchBucket: 'NoSuchBucket',
  InvalidBucketName: 'NoSuchBucket',
  NoSuchKey: 'SourceMissing',
  NoSuchVersion: 'SourceMissing',
  SlowDown: 'Throttled',
  SlowDownRead: 'Throttled',
  SlowDownWrite: 'Throttled',
  ServiceUnavailable: 'Throttled',
  TooManyRequests: 'Throttled',
  RequestRateLimitExceeded: 'Throttled', // Wasabi answers 403
  QpsLimitExceeded: 'Throttled',
  Throttling: 'Throttled', // KS3 and AWS's own services answer 400
  RequestTimeout: 'Unreachable',
  InternalError: 'Unreachable',
  TemporaryRedirect: 'Unreachable', // AWS's DNS does not know a new bucket yet
  OperationAborted: 'Unreachable',
  IncompleteBody: 'Unreachable', // the connection broke, and the store answered 400
  AccessDenied: 'Refused', // it may come in a 200, which the SDK reports as a 503
  // AWS answers 400 for these, but they are about the credentials or the region of the endpoint.
  ExpiredToken: 'Expired',
  ExpiredTokenException: 'Expired',
  TokenRefreshRequired: 'Expired',
  CredentialsReplaced: 'Expired', // our own code: rotating-credentials.ts
  InvalidToken: 'Refused', // malformed, or from another account: waiting does not help
  AuthorizationHeaderMalformed: 'Refused',
  'KMS.DisabledException': 'Refused',
  // The object is archived. It must be restored before anybody can read it, and before the store can copy it.
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
  // Node's own codes for what it cannot send. Nothing reached the network, and no repetition helps.
  ERR_INVALID_CHAR: 'InvalidRequest',
  ERR_INVALID_HTTP_TOKEN: 'InvalidRequest',
  ERR_UNESCAPED_CHARACTERS: 'InvalidRequest',
  ERR_INVALID_URL: 'InvalidRequest',
};

const nameByStatus: Readonly<Record<number, ErrorName>> = {
  // The endpoint's URL does not lead to the store itself.
  301: 'InvalidRequest',
  302: 'InvalidRequest',
  307: 'InvalidRequest',
  308: 'InvalidRequest',
  400: 'InvalidRequest',
  401: 'Refused',
  403: 'Refused',
  405: 'InvalidRequest',
  408: 'Unreachable',
  412: 'TargetExists',
  429: 'Throttled',
  501: 'InvalidRequest',
  503: 'Throttled',
};

// Enough for the title of an HTML page.
const EXCERPT_CHARACTERS = 200;
// Tags are removed from the beginning of a page alone, so that a long page costs no more than a short one.
const PAGE_CHARACTERS = 4096;
// The longest messages of S3 have some hundred characters, and its codes some ten.
const MESSAGE_CHARACTERS = 1000;
const CODE_CHARACTERS = 100;

/**
 * The call, for the error message. `means` says which codes and statuses mean something else in this call than in
 * general.
 */
export type StoreCall = {
  readonly what: string;
  readonly means?: Readonly<Record<string, ErrorName>>;
  readonly partNumber?: number;
};

// Some stores, for instance Ceph, answer NoSuchKey where AWS answers NoSuchUpload.
export const goneUpload = { NoSuchKey: 'UploadLost', 404: 'UploadLost', NoSuchBucket: 'NoSuchBucket' } as const;

export type CallStore = <T>(call: StoreCall, send: () => Promise<T>) => Promise<T>;

/** `callStore` for one kind of store: the codes in its profile come before those of AWS. */
export function callingStore({ errorCodes }: Pick<ProviderProfile, 'errorCodes'>): CallStore {
  return ({ means, ...rest }, send) => callStore({ ...rest, means: { ...errorCodes, ...means } }, send);
}

/** Runs one call to a store, and turns what it throws into one of our errors. */
async function callStore<T>(call: StoreCall, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw asTransferError(error, call);
  }
}

function asTransferError(error: unknown, { what, means, partNumber }: StoreCall): TransferError {
  if (error instanceof TransferError) return error;
  const { code, status, message } = answerOf(error);
  const origin = { cause: error, said: { code, status }, ...(partNumber === undefined ? {} : { partNumber }) };
  const where = whereBucketIs(error);
  if (where !== undefined) {
    const sentence = `${what}: ${where}, but the endpoint names another region (${status} ${code}).`;
    return new TransferError('WrongRegion', sentence, origin);
  }
  const name = nameOf(error, means);
  const said = `${status ?? 'no answer'} ${code}${message ? `: ${message}` : ''}${redirectText(error)}`;
  return new TransferError(name, `${what}: ${said}`, origin);
}

function redirectText(error: unknown): string {
  const to = redirectOf(error);
  if (to !== undefined) return ` (it redirects to ${to}: write that into the endpoint's URL)`;
  return isRedirect(error) ? " (it redirects, and does not say where: look at the endpoint's URL and region)" : '';
}

/** The name of our error: first by the code, then by the status. `means` comes before the general tables. */
export function nameOf(error: unknown, means: StoreCall['means'] = {}): ErrorName {
  const { code, status } = answerOf(error);
  return own(means, code) ?? own(means, String(status)) ?? own(nameByCode, code) ?? byStatus(status);
}

/** A store may call its error "constructor", which every object of JavaScript has. */
function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/**
 * Without a status there was no answer. Then the network failed: a reset, a refused connection, a name without an
 * address.
 */
function byStatus(status: number | undefined): ErrorName {
  if (status === undefined || status < 300) return 'Unreachable';
  return nameByStatus[status] ?? (status >= 500 ? 'Unreachable' : 'Refused');
}

type Told = { readonly code: string; readonly status: number | undefined; readonly message: string };

/** What the error tells, in texts that a message can show. */
function answerOf(error: unknown): Told {
  const { code, status, message } = toldBy(error);
  // The SDK passes on whatever stands in the XML, so a code may be no text at all.
  const text = (value: unknown, charactersMax: number) =>
    foreignText(typeof value === 'string' ? value : '', charactersMax);
  return { code: text(code, CODE_CHARACTERS) || 'UnknownError', status, message: text(message, MESSAGE_CHARACTERS) };
}

function toldBy(error: unknown): Told {
  if (!(error instanceof Error)) return { code: 'Unknown', status: undefined, message: String(error) };
  const status = statusOf(error);
  const native = nativeAnswer(error, status);
  if (native) return { ...native, status };
  // Node's own errors have the useful word in `code`: ECONNRESET, ENOTFOUND.
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  const message = error.message === 'UnknownError' || error.message === code ? '' : error.message;
  return { code, status, message };
}

type NativeAnswer = { readonly code: string; readonly message: string };

/** For an answer that the SDK could not read. The SDK keeps only its text. */
function nativeAnswer(error: object, status = 0): NativeAnswer | undefined {
  if (!('$responseBodyText' in error) || typeof error.$responseBodyText !== 'string') return undefined;
  const { $responseBodyText: text } = error;
  return jsonAnswer(text) ?? (status >= 300 ? { code: NOT_AS_S3, message: excerpt(text) } : undefined);
}

/** Some errors of QingStor are JSON: yunify/qingcloud-docs, object-storage/api. */
function jsonAnswer(text: string): NativeAnswer | undefined {
  try {
    const { code, message } = JSON.parse(text);
    return typeof code === 'string' ? { code, message: typeof message === 'string' ? message : '' } : undefined;
  } catch {
    return undefined;
  }
}

/** The text of a gateway's HTML page, in one line and without tags. */
function excerpt(page: string): string {
  return foreignText(page.slice(0, PAGE_CHARACTERS).replace(/<[^<>]*>/g, ' '), EXCERPT_CHARACTERS);
}
