import { TransferError } from './errors.ts';
import type { TransferRequest } from './request.ts';
import { MiB, sizeText } from './values/sizes.ts';

/** How an object is cut. Three numbers say where all parts are, even if there are many. */
export type Plan = { readonly objectBytes: number; readonly partBytes: number; readonly partCount: number };

/** Both ends are inclusive, as in HTTP. An empty range has `last` = `first` - 1. */
export type ByteRange = { readonly first: number; readonly last: number };

/** What a target's profile says about parts, in bytes. `partBytesMin` = `partBytesMax` where a provider fixes the size. */
export type PartLimits = {
  readonly partBytesMin: number;
  readonly partBytesMax: number;
  readonly partCountMax: number;
  readonly objectBytesMax: number;
  readonly singleRequestBytesMax: number;
};

/** What the request says about parts; `undefined` leaves the choice to us. */
export type PartChoices = {
  readonly partBytes: number | undefined;
  readonly multipartThresholdBytes: number | undefined;
};

// From this size on, requests no longer dominate the cost, and a lost part is still cheap: docs/benchmarks.md, "Part
// size".
const PART_BYTES_PREFERRED = 64 * MiB;
const THRESHOLD_BYTES = 64 * MiB;

type Cut = { readonly plan: Plan; readonly method: 'whole' | 'parts' };

/**
 * How a request's object is cut. An upload that is adopted keeps the parts in which it was begun. Throws TooLarge and
 * InvalidRequest as `planParts` does.
 */
export function planFor(
  objectBytes: number,
  { partBytes, multipartThresholdBytes, resumeFrom }: TransferRequest,
  limits: PartLimits,
): Cut {
  const choices = { partBytes: resumeFrom?.partBytes ?? partBytes, multipartThresholdBytes };
  const isWhole = !resumeFrom && goesWhole(objectBytes, limits, choices);
  return isWhole
    ? { plan: planWhole(objectBytes), method: 'whole' }
    : { plan: planParts(objectBytes, limits, choices), method: 'parts' };
}

/**
 * Whether the object goes as one request. Small objects do. Empty ones must, since an upload needs at least one byte.
 */
export function goesWhole(objectBytes: number, limits: PartLimits, choices: PartChoices): boolean {
  const threshold = Math.min(choices.multipartThresholdBytes ?? THRESHOLD_BYTES, limits.singleRequestBytesMax);
  return objectBytes === 0 || objectBytes <= threshold;
}

/** An object that goes as one request is a plan of one part. */
export function planWhole(objectBytes: number): Plan {
  return { objectBytes, partBytes: Math.max(1, objectBytes), partCount: 1 };
}

/**
 * Cuts an object into equal parts, with a smaller last one (R2 and US3 require that, the others accept it). Throws
 * TooLarge if no part size fits the limits, and InvalidRequest if the requested size does not.
 */
export function planParts(objectBytes: number, limits: PartLimits, choices: PartChoices): Plan {
  const largest = Math.min(limits.objectBytesMax, limits.partBytesMax * limits.partCountMax);
  if (objectBytes > largest) {
    throw new TransferError(
      'TooLarge',
      `The object has ${sizeText(objectBytes)}; this target takes at most ${sizeText(largest)} (${limits.partCountMax} parts of ${sizeText(limits.partBytesMax)}, objects of ${sizeText(limits.objectBytesMax)}).`,
    );
  }
  const partBytes = choices.partBytes ?? choosePartBytes(objectBytes, limits);
  const fault = faultOfPartBytes(partBytes, objectBytes, limits);
  if (fault !== undefined) throw new TransferError('InvalidRequest', fault);
  return { objectBytes, partBytes, partCount: Math.ceil(objectBytes / partBytes) };
}

/**
 * A stream is cut into equal parts before anybody knows how many there will be: three numbers for the longest stream that
 * fits. Throws InvalidRequest as `planParts`.
 */
export function planStream(limits: PartLimits, asked: PartChoices['partBytes']): Plan {
  const partBytes = asked ?? choosePartBytes(0, limits);
  const partCount = Math.min(limits.partCountMax, Math.floor(limits.objectBytesMax / partBytes));
  const fault = faultOfPartBytes(partBytes, 2 * partBytes, limits);
  if (fault !== undefined) throw new TransferError('InvalidRequest', fault);
  return { objectBytes: partBytes * partCount, partBytes, partCount };
}

function choosePartBytes(objectBytes: number, limits: PartLimits): number {
  const needed = Math.ceil(objectBytes / limits.partCountMax / MiB) * MiB;
  const wanted = Math.max(PART_BYTES_PREFERRED, needed);
  return Math.min(limits.partBytesMax, Math.max(limits.partBytesMin, wanted));
}

/** What is wrong with a part size for an object of this length at this target. */
export function faultOfPartBytes(partBytes: number, objectBytes: number, limits: PartLimits): string | undefined {
  const partCount = Math.ceil(objectBytes / partBytes);
  if (partBytes < limits.partBytesMin && partCount > 1)
    return `\`partBytes\` is ${sizeText(partBytes)}; this target takes parts of ${bound(limits)} ${sizeText(limits.partBytesMin)}.`;
  if (partBytes > limits.partBytesMax)
    return `\`partBytes\` is ${sizeText(partBytes)}; this target takes parts of at most ${sizeText(limits.partBytesMax)}.`;
  if (partCount > limits.partCountMax)
    return `\`partBytes\` is ${sizeText(partBytes)}, which makes ${partCount} parts of an object of ${sizeText(objectBytes)}; this target takes at most ${limits.partCountMax}.`;
  return undefined;
}

const bound = ({ partBytesMin, partBytesMax }: PartLimits) => (partBytesMin === partBytesMax ? 'exactly' : 'at least');

/** Part numbers start at 1, as S3's do. */
export function partRange(plan: Plan, partNumber: number): ByteRange {
  const first = (partNumber - 1) * plan.partBytes;
  return { first, last: Math.min(first + plan.partBytes, plan.objectBytes) - 1 };
}

export function partLength(plan: Plan, partNumber: number): number {
  const range = partRange(plan, partNumber);
  return range.last - range.first + 1;
}

export function missingParts(plan: Plan, copied: ReadonlySet<number>): number[] {
  const all = Array.from({ length: plan.partCount }, (_, index) => index + 1);
  return all.filter((partNumber) => !copied.has(partNumber));
}
