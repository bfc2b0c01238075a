import { TransferError } from '../transfer/errors.ts';
import type { ContentHeaders, ObjectFacts } from '../transfer/transfer.ts';
import { foreignText } from '../transfer/values/foreign-text.ts';
import type { HttpAnswer } from './http/checked-get.ts';
import { type Expected, readContentRange, refuseOtherGeneration, refuseOtherRange } from './other-bytes.ts';

const HEADER_CHARACTERS = 100;

/** Asks for the file with these headers, and reads only the head of the answer. */
export type Look = (headers: Record<string, string>) => Promise<HttpAnswer>;

const FIRST_BYTE = { range: 'bytes=0-0' };
/** Servers that keep a file as gzip unpack it, unless the request accepts gzip. The unpacked bytes have no ranges. */
export const AS_STORED = { 'accept-encoding': 'gzip' };

/** What the server of a URL says about its file. Throws InvalidRequest if it cannot give ranges of it. */
export async function inspectFile(look: Look, what: string): Promise<ObjectFacts | undefined> {
  const { answer, accepts } = await firstByte(look);
  const status = answer.statusCode ?? 0;
  if (status === 404 || status === 410) return undefined;
  if (status === 200 ? lengthOf(answer) !== 0 : ![206, 416].includes(status)) throw refusal(status, what);
  const told = status === 200 ? 0 : totalOf(answer);
  if (told !== undefined && told > 0) return factsOf(answer, told, what);
  // The range of an empty file is refused, or answered with 200 and no bytes. This answer may lack the headers of the
  // file. And some servers do not say how long a file is when they send a range of it.
  const whole = await look(accepts);
  const bytes = told ?? (whole.statusCode === 200 ? lengthOf(whole) : undefined);
  if (bytes === undefined || (status === 416 && bytes > 0)) throw noLength(answer, what);
  return { ...factsOf(answer, bytes, what), ...tagsOf(whole), headers: headersOf(whole) };
}

async function firstByte(look: Look): Promise<{ answer: HttpAnswer; accepts: Record<string, string> }> {
  const answer = await look(FIRST_BYTE);
  if (answer.statusCode !== 200 || lengthOf(answer) === 0) return { answer, accepts: {} };
  const stored = await look({ ...FIRST_BYTE, ...AS_STORED });
  const isStored = stored.statusCode === 206 && stored.headers['content-encoding'] !== undefined;
  return isStored ? { answer: stored, accepts: AS_STORED } : { answer, accepts: {} };
}

function factsOf(answer: HttpAnswer, bytes: number, what: string): ObjectFacts {
  if (!Number.isSafeInteger(bytes))
    throw new TransferError('TooLarge', `${what} has ${bytes} bytes, as its server says.`);
  return { bytes, ...tagsOf(answer), headers: headersOf(answer), metadata: {} };
}

/**
 * The headers that belong to the file. We copy the bytes as they are stored, so nobody can read them without their
 * Content-Encoding.
 */
function headersOf({ headers }: HttpAnswer): ContentHeaders {
  return {
    contentType: headers['content-type'],
    cacheControl: headers['cache-control'],
    contentDisposition: headers['content-disposition'],
    contentEncoding: headers['content-encoding'],
    contentLanguage: headers['content-language'],
    expires: headers.expires,
  };
}

/** What else we ask of the server: whether it has answered for other parts, and for how many it has not answered yet. */
export type Others = { readonly served: boolean; readonly unanswered: number };

/**
 * What a status means. If the server serves other parts, a 403 is no refusal of the file: such servers limit the
 * connections, and the credentials are good. While others wait for their answer, we do not know that yet, so the last of
 * them decides.
 */
export function refusal(
  status: number,
  what: string,
  others: Others = { served: false, unanswered: 0 },
): TransferError {
  if (status === 200)
    return new TransferError(
      'InvalidRequest',
      `${what} does not answer requests for a range, so it cannot be copied part by part.`,
    );
  if (status === 403 && (others.served || others.unanswered > 0)) {
    const why = others.served
      ? 'although it answered for other parts. Its server probably limits connections'
      : 'while other requests for it wait. Perhaps its server limits connections';
    return new TransferError('Throttled', `GET ${what}: 403, ${why}: fewer \`partsAtOnce\` may help.`);
  }
  if (status === 429 || status === 503) return new TransferError('Throttled', `GET ${what}: ${status}.`);
  if (status === 408 || status >= 500) return new TransferError('Unreachable', `GET ${what}: ${status}.`);
  return new TransferError('Refused', `GET ${what}: ${status}.`);
}

function noLength({ headers, statusCode }: HttpAnswer, what: string): TransferError {
  const range = headers['content-range'];
  const told =
    range === undefined ? 'no Content-Range' : `the Content-Range "${foreignText(range, HEADER_CHARACTERS)}"`;
  const message = `${what} does not tell its length: it answered a request for a range with ${statusCode} and ${told}, and one without a range with no Content-Length.`;
  return new TransferError('InvalidRequest', message);
}

/** From "bytes 0-0/1234". For an empty file the server answers 416 with a total of 0. */
function totalOf({ headers }: HttpAnswer): number | undefined {
  const range = headers['content-range'] ?? '';
  const refused = /^bytes \*\/(\d+)$/i.exec(range)?.[1];
  return refused === undefined ? readContentRange(range)?.total : Number(refused);
}

function lengthOf({ headers }: HttpAnswer): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

/** A weak ETag promises the same meaning, but not the same bytes. So we use only the date then. */
function tagsOf(answer: HttpAnswer): { etag: string | undefined; modified: string | undefined } {
  const { etag, 'last-modified': modified } = answer.headers;
  return { etag: etag?.startsWith('W/') ? undefined : etag?.replaceAll('"', ''), modified };
}

export function refuseOtherBytes(answer: HttpAnswer, expected: Expected, others: Others): void {
  const { range, pin, what } = expected;
  const status = answer.statusCode ?? 0;
  const length = range.last - range.first + 1;
  if (status === 412 || status === 416)
    throw new TransferError('SourceChanged', `${what} has changed since the copy was planned (${status}).`);
  if (![200, 206].includes(status)) throw refusal(status, what, others);
  refuseOtherGeneration(tagsOf(answer), expected);
  if (length > 0) refuseOtherRange(answer.headers['content-range'], expected);
  else if ((lengthOf(answer) ?? pin.bytes) !== 0)
    throw new TransferError('SourceChanged', `${what} was empty when it was planned, and is not empty now.`);
}
