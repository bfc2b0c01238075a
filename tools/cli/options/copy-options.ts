import { Option } from 'commander';
import { requestSchema } from '../../../functions/transfer/request.ts';
import {
  addMetadata,
  parseBytes,
  parseEtags,
  parseIdempotencyKey,
  parseNumber,
  parseSeconds,
  parseWhole,
} from './amounts.ts';

/**
 * An option of `partway copy`, and the field of the request that it fills. So the API's sentence about the field fits
 * the option.
 */
export type CopyOption = { readonly option: Option; readonly field: string | undefined };

const { shape } = requestSchema;

/** Has every field of the request, so that a person can type all that the API accepts. */
export const copyOptions: readonly CopyOption[] = [
  fills('source.versionId', '--version-id <id>', 'the version of the source'),
  fills('partBytes', '--part-size <size>', 'of every part but the last (default: by size and provider)', parseBytes),
  fills(
    'multipartThresholdBytes',
    '--multipart-threshold <size>',
    'up to this size it goes as one request',
    parseBytes,
  ),
  fills('partsAtOnce', '--parts-at-once <count>', 'in one Lambda, 1 to 16', parseWhole),
  fills('batchesAtOnce', '--batches-at-once <count>', 'Lambdas, 1 to 40', parseWhole),
  fills('retry.count', '--retries <count>', 'of a part in one Lambda, 0 to 10', parseWhole),
  fills('retry.intervalSeconds', '--retry-interval <time>', 'before the first retry', parseSeconds),
  fills('retry.backoff', '--retry-backoff <factor>', 'each wait is so many times the last', parseNumber),
  fills('verifySource', '--no-verify-source', 'go on though the source changes in the middle'),
  chooses(
    'serverSideCopy',
    '--server-side-copy <when>',
    'let a store that has both source and target copy by itself',
    shape.serverSideCopy.unwrap().options,
  ),
  chooses('checksum', '--checksum <kind>', 'what proves a part', shape.checksum.unwrap().options),
  chooses('verify', '--verify <how>', 'what the finished object is held to', shape.verify.unwrap().options),
  fills('contentType', '--content-type <text>', "of the target (default: the source's)"),
  fills('cacheControl', '--cache-control <text>', 'of the target'),
  fills('contentDisposition', '--content-disposition <text>', 'of the target'),
  fills('contentEncoding', '--content-encoding <text>', 'of the target'),
  fills('contentLanguage', '--content-language <text>', 'of the target'),
  fills('metadata', '--metadata <name=value>', 'of the target; may be repeated', addMetadata),
  fills('storageClass', '--storage-class <name>', "of the target (default: the source's, where the target knows it)"),
  fills('tags', '--tag <key=value>', "of the target, beside the source's; may be repeated", addMetadata),
  chooses('acl', '--acl <name>', "of the target; the source's is never read", shape.acl.unwrap().options),
  chooses('encryption.type', '--encryption <type>', 'of the target, at rest', ['AES256', 'aws:kms']),
  fills('encryption.keyId', '--kms-key <id>', "the target's key for --encryption aws:kms (default: its account's own)"),
  chooses(
    'onSourceChange',
    '--on-source-change <what>',
    'when it changes in the middle',
    shape.onSourceChange.unwrap().options,
  ),
  chooses('overwrite', '--overwrite <when>', 'what is at the target already', shape.overwrite.unwrap().options),
  chooses(
    'onFailure',
    '--on-failure <what>',
    'with the parts, when a person must repair something',
    shape.onFailure.unwrap().options,
  ),
  fills(
    'patienceSeconds',
    '--patience <time>',
    'how long nothing may arrive, e.g. 12h (default: 1h); about a minute of attempts comes before',
    parseSeconds,
  ),
  fills('resumeFrom.uploadId', '--adopt <uploadId>', 'finish an upload that another program began; needs --part-size'),
  fills(
    'resumeFrom.firstMissingPart',
    '--first-missing-part <number>',
    'of an adopted upload: send this part and all after it again',
    parseWhole,
  ),
  fills(
    'resumeFrom.parts',
    '--adopt-etags <list>',
    "ETags of an adopted upload's parts from the first on, with commas between; one that differs is sent again",
    parseEtags,
  ),
  fills(undefined, '--idempotency-key <key>', 'the same key is the same transfer', parseIdempotencyKey),
  fills(undefined, '--detach', 'print the id, do not wait'),
  fills(undefined, '--verify-parts', 'of a file: compare each part that is there already before anything is sent'),
  fills(
    undefined,
    '--expect-bytes <size>',
    'of a stream: about how long it will be, so that its parts are large enough',
    parseBytes,
  ),
];

function fills<T>(
  field: string | undefined,
  flags: string,
  description: string,
  parse?: (text: string, before?: T) => T,
): CopyOption {
  const option = new Option(flags, description);
  return { field, option: parse ? option.argParser(parse) : option };
}

function chooses(field: string, flags: string, description: string, choices: readonly string[]): CopyOption {
  return { field, option: new Option(flags, description).choices(choices) };
}
