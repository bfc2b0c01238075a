import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { parseSource, parseTarget } from './address.ts';
import { invalid } from './failure.ts';

type Retry = NonNullable<TransferRequestInput['retry']>;
type Encryption = NonNullable<TransferRequestInput['encryption']>;
type ByTheirOwnName = Omit<
  TransferRequestInput,
  | 'source'
  | 'target'
  | 'partBytes'
  | 'multipartThresholdBytes'
  | 'retry'
  | 'patienceSeconds'
  | 'resumeFrom'
  | 'tags'
  | 'encryption'
>;

/** The options of `partway copy`, as commander gives them: sizes are bytes by now, times seconds. */
export type CopyOptions = ByTheirOwnName & {
  readonly versionId?: string;
  readonly partSize?: number;
  readonly multipartThreshold?: number;
  readonly retries?: number;
  readonly retryInterval?: number;
  readonly retryBackoff?: number;
  readonly patience?: number;
  readonly tag?: Readonly<Record<string, string>>;
  readonly encryption?: Encryption['type'];
  readonly kmsKey?: string;
  readonly adopt?: string;
  readonly adoptEtags?: string;
  readonly firstMissingPart?: number;
  readonly idempotencyKey?: string;
  readonly detach?: true;
};

/** What was typed, as the API takes it; what was not typed is left to the API. Throws InvalidRequest, as the API would. */
export function copyRequest(sourceText: string, targetText: string, options: CopyOptions): TransferRequestInput {
  const { versionId, partSize, multipartThreshold, retries, retryInterval, retryBackoff, patience, ...others } =
    options;
  const { adopt, adoptEtags, firstMissingPart, tag, encryption, kmsKey, ...rest } = others;
  const { detach: _, idempotencyKey: __, ...fields } = rest;
  if (adopt === undefined)
    refuseWithoutAdopt({ '--adopt-etags': adoptEtags, '--first-missing-part': firstMissingPart });
  const source = parseSource(sourceText, versionId);
  const retry = given({ count: retries, intervalSeconds: retryInterval, backoff: retryBackoff } satisfies Retry);
  const request = given({
    source,
    target: parseTarget(targetText, source),
    ...fields,
    partBytes: partSize,
    multipartThresholdBytes: multipartThreshold,
    retry: Object.keys(retry).length > 0 ? retry : undefined,
    patienceSeconds: patience,
    tags: tag,
    encryption: encrypted(encryption, kmsKey),
    resumeFrom: adopt === undefined ? undefined : adopted(adopt, partSize, { etags: adoptEtags, firstMissingPart }),
  });
  parseRequest(request);
  return request;
}

function refuseWithoutAdopt(options: Readonly<Record<string, unknown>>): void {
  const typed = Object.entries(options).find(([, value]) => value !== undefined);
  if (typed) throw invalid(`${typed[0]} belongs to --adopt <upload id>.`);
}

/** The parts of an upload that somebody else began can only be counted when it is known how they were cut. */
function adopted(
  uploadId: string,
  partBytes: number | undefined,
  { etags, firstMissingPart }: { etags: string | undefined; firstMissingPart: number | undefined },
) {
  if (partBytes === undefined) throw invalid('--adopt needs --part-size: the size of the parts that are there.');
  // A part that failed leaves an empty place in the list, as UCloud US3's SDK keeps it.
  const parts = etags
    ?.split(',')
    .flatMap((etag, index) => (etag ? [{ partNumber: index + 1, etag: etag.trim() }] : []));
  return given({ uploadId, partBytes, firstMissingPart, parts });
}

/** A key alone says by which kind of encryption. */
function encrypted(type: Encryption['type'] | undefined, keyId: string | undefined): Encryption | undefined {
  if (type === 'AES256' && keyId !== undefined) throw invalid('--kms-key belongs to --encryption aws:kms.');
  if (keyId !== undefined) return { type: 'aws:kms', keyId };
  return type && { type };
}

/** Without the fields that are undefined. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
