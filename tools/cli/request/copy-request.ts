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
  readonly partSize?: number;
  readonly partsAtOnce?: number;
};

type Source = TransferRequestInput['source'];
type Fields = { [field: string]: unknown };

/**
 * Makes the API's request of what was typed. The API chooses what was not typed. Throws InvalidRequest, as the API
 * would.
 */
export function copyRequest(given: string | Source, targetText: string, options: CopyOptions): TransferRequestInput {
  refuseStrays(options);
  const request: Fields = {};
  for (const { field, option } of copyOptions) {
    const value = options[option.attributeName()];
    if (field !== undefined && value !== undefined) put(request, field.split('.'), value);
  }
  const source = typeof given === 'string' ? parseSource(given, options.versionId) : given;
  if ('client' in source && options.versionId !== undefined)
    throw invalid('--version-id belongs to a source in a store; a file has no versions.');
  // We can count the parts of another program's upload only if we know their size.
  if (options.adopt !== undefined) put(request, ['resumeFrom', 'partBytes'], options.partSize);
  // A key alone tells the type of the encryption.
  if (options.kmsKey !== undefined) put(request, ['encryption', 'type'], 'aws:kms');
  const whole = { ...request, source, target: parseTarget(targetText, source) };
  parseRequest(whole);
  return whole as TransferRequestInput;
}

function refuseStrays({ adopt, adoptEtags, firstMissingPart, partSize, kmsKey, encryption }: CopyOptions): void {
  if (adopt === undefined) {
    if (adoptEtags !== undefined) throw invalid('--adopt-etags belongs to --adopt <upload id>.');
    if (firstMissingPart !== undefined) throw invalid('--first-missing-part belongs to --adopt <upload id>.');
  } else if (partSize === undefined) {
    throw invalid('--adopt needs --part-size: the size of the parts that are there.');
  }
  if (kmsKey !== undefined && encryption === 'AES256') throw invalid('--kms-key belongs to --encryption aws:kms.');
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
