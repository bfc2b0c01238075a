import { TransferError } from '../transfer/errors.ts';
import type { ByteRange } from '../transfer/plan.ts';
import { generationOf, type ObjectFacts } from '../transfer/transfer.ts';

/** What a read asked for: the range in bytes, and the generation for which the plan was made. */
export type Expected = {
  readonly range: ByteRange;
  readonly pin: ObjectFacts;
  readonly verify: boolean;
  readonly what: string;
};

/**
 * Throws SourceChanged if the answer has another generation than the plan. We need this for servers that ignore
 * If-Match.
 */
export function refuseOtherGeneration(answer: Pick<ObjectFacts, 'etag' | 'modified'>, expected: Expected): void {
  const { pin, verify, what } = expected;
  const now = generationOf(answer);
  if (!verify || now === generationOf(pin)) return;
  const message = `${what} was ${generationOf(pin)} when it was planned, and is ${now} now.`;
  throw new TransferError('SourceChanged', message);
}

/**
 * Throws SourceChanged if the answer has another Content-Range than we asked for. We need this for servers that ignore
 * Range.
 */
export function refuseOtherRange(contentRange: string | undefined, { range, pin, what }: Expected): void {
  const expected = `bytes ${range.first}-${range.last}/${pin.bytes}`;
  if (contentRange === expected) return;
  const answered = contentRange ?? 'no Content-Range';
  throw new TransferError('SourceChanged', `${what} answered "${answered}" instead of "${expected}".`);
}
