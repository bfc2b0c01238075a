import { parseRequest, type TransferRequestInput } from '../../../functions/transfer/request.ts';
import { invalid } from '../failure/failure.ts';
import { copyOptions } from '../options/copy-options.ts';
import { parseSource, parseTarget } from './address.ts';

/**
 * The options of `partway copy` and `partway plan`, as commander gives them. Sizes are in bytes here, and times in
 * seconds.
 */
export type CopyOptions = Readonly<Record<string, unknown>> & {
  readonly versionId?: string;
  readonly idempotencyKey?: string;
  readonly detach?: true;
  readonly verifyParts?: true;
  readonly expectBytes?: number;
  readonly spool?: string;
  readonly resume?: true;
  readonly partSize?: number;
  readonly partsAtOnce?: number;
  readonly exactKey?: true;
};

type Source = TransferRequestInput['source'];
type Fields = { [field: string]: unknown };

/**
 * Makes the API's request from the command line. For options that the person left out, the API uses its defaults.
 * Throws InvalidRequest, as the API would.
 */
export function copyRequest(given: string | Source, targetText: string, options: CopyOptions): TransferRequestInput {
  refuseStrays(options);
  const request: Fields = {};
  for (const { field, option } of copyOptions) {
    const value = options[option.attributeName()];
    // `--bandwidth off` is the same as no option.
    if (field !== undefined && value !== undefined && value !== 'off') put(request, field.split('.'), value);
  }
  const source = typeof given === 'string' ? parseSource(given, options.versionId) : given;
  if ('client' in source && options.versionId !== undefined)
    throw invalid('--version-id works only for a source in a store. A file has no versions.');
  if (!('client' in source)) refuseWhatPushes(options);
  // We can count the parts of another program's upload only if we know their size.
  if (options.adopt !== undefined) put(request, ['resumeFrom', 'partBytes'], options.partSize);
  // --kms-key alone means this type of encryption.
  if (options.kmsKey !== undefined) put(request, ['encryption', 'type'], 'aws:kms');
  if (request.overwrite === undefined && comparesItself(source, request)) request.overwrite = 'if-different';
  const whole = { ...request, source, target: parseTarget(targetText, source, options) };
  parseRequest(whole);
  return whole as TransferRequestInput;
}

/** What the person asks of the object beside its bytes. Partway does not compare it, so the object is written again. */
const besideTheBytes = [
  ...['contentType', 'cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'],
  ...['expires', 'headers', 'metadata', 'storageClass', 'tags', 'acl', 'encryption', 'resumeFrom'],
];

/**
 * Whether the same command, given again after it has copied, copies nothing. People expect that of a command. A program
 * says so itself. A push reads its file to know it, and the store publishes too little to compare.
 */
function comparesItself(source: Source, request: Fields): boolean {
  return !('client' in source) && besideTheBytes.every((field) => request[field] === undefined);
}

function refuseStrays({ adopt, adoptEtags, firstMissingPart, partSize, kmsKey, encryption }: CopyOptions): void {
  if (adopt === undefined) {
    if (adoptEtags !== undefined) throw invalid('--adopt-etags works only with --adopt <upload id>.');
    if (firstMissingPart !== undefined) throw invalid('--first-missing-part works only with --adopt <upload id>.');
  } else if (partSize === undefined) {
    throw invalid('--adopt needs --part-size: the size of the parts in that upload.');
  }
  if (kmsKey !== undefined && encryption === 'AES256') throw invalid('--kms-key works only with --encryption aws:kms.');
}

/** What says how this computer pushes. */
function refuseWhatPushes({ verifyParts, expectBytes, spool, resume }: CopyOptions): void {
  const given = Object.entries({ '--verify-parts': verifyParts, '--expect-bytes': expectBytes, '--spool': spool });
  const [stray] = given.find(([, value]) => value !== undefined) ?? [];
  if (stray !== undefined) throw invalid(`${stray} works only for bytes on this computer: a file, or - for a stream.`);
  if (resume)
    throw invalid(
      '--resume works only for bytes on this computer. The same command without it goes on with an unfinished copy.',
    );
}

function put(fields: Fields, [name = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    fields[name] = value;
    return;
  }
  const inner: Fields = { ...(fields[name] as Fields | undefined) };
  put(inner, rest, value);
  fields[name] = inner;
}
