import { OTHER_RANGE } from '../transfer/at-stores.ts';
import { TransferError } from '../transfer/errors.ts';
import type { ByteRange } from '../transfer/plan.ts';
import { generationOf, type ObjectFacts } from '../transfer/transfer.ts';
import { foreignText } from '../transfer/values/foreign-text.ts';

const HEADER_CHARACTERS = 100;

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
 * Throws SourceChanged if the Content-Range names another length of the object. Throws InvalidRequest if the answer does
 * not have the range that we asked for: that is a fault of the server, and says nothing about the source.
 */
export function refuseOtherRange(contentRange: string | undefined, { range, pin, what }: Expected): void {
  const found = readContentRange(contentRange);
  if (found?.total !== undefined && found.total !== pin.bytes) {
    const message = `${what} had ${pin.bytes} bytes when it was planned, and its Content-Range says ${found.total} now.`;
    throw new TransferError('SourceChanged', message);
  }
  if (found?.first === range.first && found.last === range.last) return;
  const answered =
    contentRange === undefined
      ? 'no Content-Range'
      : `the Content-Range "${foreignText(contentRange, HEADER_CHARACTERS)}"`;
  throw otherRange(`${what} was asked for the bytes ${range.first}-${range.last}, and answered with ${answered}.`);
}

/** Another attempt may meet another server behind the same name, so a part is tried again before this ends a copy. */
export function otherRange(message: string): TransferError {
  return new TransferError('InvalidRequest', message, { said: { code: OTHER_RANGE } });
}

export type ContentRange = {
  readonly first: number;
  readonly last: number;
  /** `undefined`: the server does not know the length. */
  readonly total: number | undefined;
};

/** Reads "bytes 0-9/1000", also with "=" after the unit, and with "*" for an unknown length. */
export function readContentRange(text = ''): ContentRange | undefined {
  const [, first, last, total] = /^bytes[ =](\d+)-(\d+)\/(\d+|\*)$/i.exec(text.trim()) ?? [];
  if (first === undefined || last === undefined) return undefined;
  return { first: Number(first), last: Number(last), total: total === '*' ? undefined : Number(total) };
}
