import { sizeText } from './sizes.ts';

/** How large parts are, by their numbers. Left out `growth`: all but the last have `partBytes`. */
export type PartSizes = { readonly partBytes: number; readonly growth?: PartGrowth | undefined };

/** Parts begin with `firstBytes`, and those after every `everyParts` parts are twice as large, up to `partBytes`. */
export type PartGrowth = { readonly firstBytes: number; readonly everyParts: number };

type Step = { readonly bytes: number; readonly parts: number };

/** Runs of parts of one size. The last run has no end. */
function* stepsOf({ partBytes, growth }: PartSizes): Iterable<Step> {
  if (growth)
    for (let bytes = growth.firstBytes; bytes < partBytes; bytes *= 2) yield { bytes, parts: growth.everyParts };
  yield { bytes: partBytes, parts: Number.POSITIVE_INFINITY };
}

/** The size of one part, if it is not the last of its object. */
export function sizeOfPart(sizes: PartSizes, partNumber: number): number {
  return bytesOfParts(sizes, partNumber) - bytesOfParts(sizes, partNumber - 1);
}

/** The bytes of the first so many parts together. */
export function bytesOfParts(sizes: PartSizes, partCount: number): number {
  let [left, sum] = [partCount, 0];
  for (const { bytes, parts } of stepsOf(sizes)) {
    sum += Math.min(left, parts) * bytes;
    left -= parts;
    if (left <= 0) break;
  }
  return sum;
}

/** How many parts an object of so many bytes has. The last one may be smaller. */
export function countParts(sizes: PartSizes, objectBytes: number): number {
  let [left, count] = [objectBytes, 0];
  for (const { bytes, parts } of stepsOf(sizes)) {
    const needed = Math.ceil(left / bytes);
    if (needed <= parts) return count + needed;
    count += parts;
    left -= parts * bytes;
  }
  return count;
}

/** The same sizes for the first so many parts. If these have one size, they do not grow. */
export function sizesUpTo({ growth, ...sizes }: PartSizes, partCount: number): PartSizes {
  const partBytes = sizeOfPart({ ...sizes, growth }, partCount);
  return growth && growth.firstBytes < partBytes ? { partBytes, growth } : { partBytes };
}

/** In the words that `text` has for a size. */
export function partSizesText({ partBytes, growth }: PartSizes, text = sizeText): string {
  return growth ? `${text(growth.firstBytes)} to ${text(partBytes)}` : text(partBytes);
}
