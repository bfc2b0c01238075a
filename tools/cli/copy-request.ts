import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { parseSource, parseTarget } from './address.ts';

type Retry = NonNullable<TransferRequestInput['retry']>;
type ByTheirOwnName = Omit<
  TransferRequestInput,
  'source' | 'target' | 'partBytes' | 'multipartThresholdBytes' | 'retry' | 'patienceSeconds'
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
  readonly idempotencyKey?: string;
  readonly detach?: true;
};

/** What was typed, as the API takes it; what was not typed is left to the API. Throws InvalidRequest, as the API would. */
export function copyRequest(sourceText: string, targetText: string, options: CopyOptions): TransferRequestInput {
  const { versionId, partSize, multipartThreshold, retries, retryInterval, retryBackoff, patience, ...rest } = options;
  const { detach: _, idempotencyKey: __, ...fields } = rest;
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
  });
  parseRequest(request);
  return request;
}

/** Without the fields that are undefined. */
function given<T extends object>(fields: T): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
