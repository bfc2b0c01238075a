import { InvalidArgumentError, Option } from 'commander';
import { faultOfIdempotencyKey, requestSchema } from '../../../functions/transfer/request.ts';
import {
  addMetadata,
  parseBandwidth,
  parseBytes,
  parseEtags,
  parseNumber,
  parseSeconds,
  parseWhole,
} from './amounts.ts';

/**
 * An option of `partway copy`, and the field of the request that it fills. When the API refuses a field, the CLI names
 * this option.
 */
export type CopyOption = { readonly option: Option; readonly field: string | undefined };

const { shape } = requestSchema;

/** Has every field of the request, so that a person can type all that the API accepts. */
export const copyOptions: readonly CopyOption[] = [
  fills('source.versionId', '--version-id <id>', 'the version of the source'),
  fills(
    'partBytes',
    '--part-size <size>',
    'size of every part except the last (default: chosen by object size and provider)',
    parseBytes,
  ),
  fills(
    'multipartThresholdBytes',
    '--multipart-threshold <size>',
    'send an object of up to this size as one request (default: 64MiB, or --part-size if that is less)',
    parseBytes,
  ),
  chooses(
    'speed',
    '--speed <speed>',
    'what matters: cost, time, or both. It decides sizes of parts and batches, and --parts-at-once (default: balanced)',
    shape.speed.unwrap().options,
  ),
  fills('partsAtOnce', '--parts-at-once <count>', 'parts that one Lambda copies at once, at most: 1 to 16', parseWhole),
  fills('batchesAtOnce', '--batches-at-once <count>', 'Lambdas that copy at once, 1 to 40', parseWhole),
  fills(
    'bandwidthBytesPerSecond',
    '--bandwidth <rate>',
    'send at most so much in a second, e.g. 50MiB; off: no limit (default)',
    parseBandwidth,
  ),
  fills('retry.count', '--retries <count>', 'how often one Lambda tries a part again, 0 to 10', parseWhole),
  fills('retry.intervalSeconds', '--retry-interval <time>', 'the longest wait before the first retry', parseSeconds),
  fills('retry.backoff', '--retry-backoff <factor>', 'by how much each wait is longer than the last one', parseNumber),
  fills('verifySource', '--no-verify-source', 'continue even if the source changes during the copy'),
  chooses(
    'serverSideCopy',
    '--server-side-copy <when>',
    'whether a store that has both source and target may copy by itself',
    shape.serverSideCopy.unwrap().options,
  ),
  chooses('checksum', '--checksum <kind>', 'the checksum that proves each part', shape.checksum.unwrap().options),
  chooses('verify', '--verify <how>', 'how Partway checks the finished object', shape.verify.unwrap().options),
  fills('contentType', '--content-type <text>', "Content-Type of the target (default: the source's)"),
  fills('cacheControl', '--cache-control <text>', "Cache-Control of the target (default: the source's)"),
  fills(
    'contentDisposition',
    '--content-disposition <text>',
    "Content-Disposition of the target (default: the source's)",
  ),
  fills('contentEncoding', '--content-encoding <text>', "Content-Encoding of the target (default: the source's)"),
  fills('contentLanguage', '--content-language <text>', "Content-Language of the target (default: the source's)"),
  fills('expires', '--expires <time>', "Expires of the target, such as 2026-11-20T10:00:00Z (default: the source's)"),
  fills(
    'headers',
    '--header <name=value>',
    'another header of the request that creates the target, such as x-oss-forbid-overwrite=true; you may repeat it',
    addMetadata,
  ),
  fills('metadata', '--metadata <name=value>', 'metadata of the target; you may repeat it', addMetadata),
  fills(
    'storageClass',
    '--storage-class <name>',
    "storage class of the target (default: the source's, if the target knows it)",
  ),
  fills('tags', '--tag <key=value>', "a tag of the target, besides the source's; you may repeat it", addMetadata),
  chooses('acl', '--acl <name>', "ACL of the target; Partway never reads the source's", shape.acl.unwrap().options),
  chooses('encryption.type', '--encryption <type>', 'how the target encrypts the object', ['AES256', 'aws:kms']),
  fills('encryption.keyId', '--kms-key <id>', "the target's key for --encryption aws:kms (default: the account's own)"),
  fills('requesterPays', '--requester-pays', 'pay for reading a source whose owner does not'),
  chooses(
    'onSourceChange',
    '--on-source-change <what>',
    'what to do if the source changes during the copy',
    shape.onSourceChange.unwrap().options,
  ),
  chooses(
    'overwrite',
    '--overwrite <when>',
    'when to replace an object at the target (default: if-different; always for a file, a stream, --adopt, and when you ask for headers, metadata and the like)',
    shape.overwrite.unwrap().options,
  ),
  chooses(
    'onFailure',
    '--on-failure <what>',
    'whether to keep the parts or abort when a person must repair something',
    shape.onFailure.unwrap().options,
  ),
  fills(
    'patienceSeconds',
    '--patience <time>',
    'how long to keep trying while no part arrives, e.g. 12h (default: 1h); it begins after about a minute of retries',
    parseSeconds,
  ),
  fills('resumeFrom.uploadId', '--adopt <uploadId>', 'finish an upload that another program began; needs --part-size'),
  fills(
    'resumeFrom.firstMissingPart',
    '--first-missing-part <number>',
    'with --adopt: send this part and all later parts again',
    parseWhole,
  ),
  fills(
    'resumeFrom.parts',
    '--adopt-etags <list>',
    'with --adopt: the ETags of the parts, from part 1, separated by commas; a part with another ETag is sent again',
    parseEtags,
  ),
  fills(
    undefined,
    '--idempotency-key <key>',
    'a second command with this key uses the same transfer',
    parseIdempotencyKey,
  ),
  fills(undefined, '--exact-key', 'take the key of <target> as it is written, also if it ends in /'),
  fills(undefined, '--detach', 'print the id and do not wait for the end'),
  fills(undefined, '--verify-parts', 'for a file: compare every part that the store has before sending the others'),
  fills(
    'source.client.expectBytes',
    '--expect-bytes <size>',
    'for a stream: its expected length, so that the parts are large enough',
    parseBytes,
  ),
  fills(
    'source.client.spools',
    '--spool <folder>',
    'for a stream: let its parts wait in this folder instead of memory, so that up to 5 TiB fit',
  ),
  fills(
    'source.client.onlyResume',
    '--resume',
    'for a file or a stream: go on with an unfinished push, and begin none',
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

function parseIdempotencyKey(text: string): string {
  const fault = faultOfIdempotencyKey(text);
  if (fault === undefined) return text;
  throw new InvalidArgumentError(fault);
}

function chooses(field: string, flags: string, description: string, choices: readonly string[]): CopyOption {
  return { field, option: new Option(flags, description).choices(choices) };
}
