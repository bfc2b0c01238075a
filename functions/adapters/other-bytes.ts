import { TransferError } from '../transfer/errors.ts';
import type { ByteRange } from '../transfer/plan.ts';
import { generationOf, type ObjectFacts } from '../transfer/transfer.ts';

/** What a read asked for: the range in bytes, and the generation that the plan was made for. */
export type Expected = {
  readonly range: ByteRange;
  readonly pin: ObjectFacts;
  readonly verify: boolean;
  readonly what: string;
};

/** Throws SourceChanged when the answer is of another generation than the plan, for servers that ignore If-Match. */
export function refuseOtherGeneration(answer: Pick<ObjectFacts, 'etag' | 'modified'>, expected: Expected): void {
  const { pin, verify, what } = expected;
  const now = generationOf(answer);
  if (!verify || now === generationOf(pin)) return;
  const message = `${what} was ${generationOf(pin)} when it was planned, and is ${now} now.`;
  throw new TransferError('SourceChanged', message);
}

/** Throws SourceChanged when the answer's Content-Range is not the one asked for, for servers that ignore Range. */
export function refuseOtherRange(contentRange: string | undefined, { range, pin, what }: Expected): void {
  const expected = `bytes ${range.first}-${range.last}/${pin.bytes}`;
  if (contentRange === expected) return;
  const answered = contentRange ?? 'no Content-Range';
  throw new TransferError('SourceChanged', `${what} answered "${answered}" where "${expected}" was asked for.`);
}
