import { TransferError } from './errors.ts';
import type { TransferRequest } from './request.ts';
import { HELD_BYTES_MAX, type PartChecksum } from './values/part-checksum.ts';
import { bytesOfParts, countParts, type PartGrowth, type PartSizes, sizesUpTo } from './values/part-sizes.ts';
import { MiB, sizeText, TiB } from './values/sizes.ts';
import { type Speed, speeds } from './values/speeds.ts';

/**
 * How an object is cut. A few numbers say where all parts are, even if there are many. The parts of a stream may grow;
 * then `partBytes` is the size of the largest.
 */
export type Plan = {
  readonly objectBytes: number;
  readonly partBytes: number;
  readonly partCount: number;
  /** Plans from before parts could grow have none. */
  readonly growth?: PartGrowth | undefined;
};

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
  readonly speed?: Speed | undefined;
};

const THRESHOLD_BYTES = 64 * MiB;

type Cut = { readonly plan: Plan; readonly method: 'whole' | 'parts' };

/**
 * How a request's object is cut. An upload that is adopted keeps the parts in which it was begun. Throws TooLarge and
 * InvalidRequest as `planParts` does.
 */
export function planFor(
  objectBytes: number,
  { partBytes, multipartThresholdBytes, resumeFrom, speed }: TransferRequest,
  limits: PartLimits,
): Cut {
  const choices = { partBytes: resumeFrom?.partBytes ?? partBytes, multipartThresholdBytes, speed };
  const isWhole = !resumeFrom && goesWhole(objectBytes, limits, choices);
  return isWhole
    ? { plan: planWhole(objectBytes), method: 'whole' }
    : { plan: planParts(objectBytes, limits, choices), method: 'parts' };
}

/**
 * As `planFor`, for an object whose bytes pass through our Lambdas. Where the checksum of a part goes before its bytes, a
 * Lambda holds the whole part in memory, so the parts are small. An upload that is adopted takes no such checksum, and a
 * client that pushes has its own memory.
 */
export function planCopy(
  objectBytes: number,
  request: TransferRequest,
  { part, partChecksum }: { readonly part: PartLimits; readonly partChecksum: PartChecksum },
): Cut {
  if (partChecksum !== 'header' || request.resumeFrom || 'client' in request.source)
    return planFor(objectBytes, request, part);
  return planFor(objectBytes, request, {
    ...part,
    partBytesMax: Math.min(part.partBytesMax, HELD_BYTES_MAX),
    singleRequestBytesMax: Math.min(part.singleRequestBytesMax, HELD_BYTES_MAX),
  });
}

/**
 * Whether the object goes as one request. Small objects do. Empty ones must, since an upload needs at least one byte.
 */
export function goesWhole(objectBytes: number, limits: PartLimits, choices: PartChoices): boolean {
  return objectBytes === 0 || objectBytes <= Math.min(thresholdOf(choices), limits.singleRequestBytesMax);
}

/** Who asks for small parts wants parts, so the part size lowers the threshold, unless a threshold is asked for too. */
export function thresholdOf({ partBytes = THRESHOLD_BYTES, multipartThresholdBytes }: PartChoices): number {
  return multipartThresholdBytes ?? Math.min(THRESHOLD_BYTES, partBytes);
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
  refuseTooLarge('The object has', objectBytes, limits);
  const partBytes = choices.partBytes ?? choosePartBytes(objectBytes, limits, choices.speed);
  const fault = faultOfPartBytes(partBytes, objectBytes, limits);
  if (fault !== undefined) throw new TransferError('InvalidRequest', fault);
  return { objectBytes, partBytes, partCount: Math.ceil(objectBytes / partBytes) };
}

function refuseTooLarge(what: string, objectBytes: number, limits: PartLimits): void {
  const largest = largestObject(limits);
  if (objectBytes <= largest) return;
  throw new TransferError(
    'TooLarge',
    `${what} ${sizeText(objectBytes)}; this target takes at most ${sizeText(largest)} (${limits.partCountMax} parts of ${sizeText(limits.partBytesMax)}, objects of ${sizeText(limits.objectBytesMax)}).`,
  );
}

function largestObject({ objectBytesMax, partBytesMax, partCountMax }: PartLimits): number {
  return Math.min(objectBytesMax, partBytesMax * partCountMax);
}

/** What a client says of its stream. All may be left out. */
export type StreamChoices = {
  /** All parts but the last have this size. */
  readonly partBytes?: number | undefined;
  /** About how long the stream will be. */
  readonly expectBytes?: number | undefined;
  /** The client keeps parts on its disk until they are sent, so they may be larger than its memory. */
  readonly spools?: boolean | undefined;
};

// 10,000 parts hold 700 GB, and with two of them in memory the command needs less than 300 MB: docs/benchmarks.md, "A push".
const STREAM_PART_BYTES = 68 * MiB;
// What is expected of a stream whose parts wait on a disk, if its client says no more.
const SPOOLED_BYTES = 5 * TiB;
// A stream may become a little longer than was expected.
const EXPECTED_MARGIN = 1.1;
// Small streams begin to move early, and none waits long for its last parts.
const FIRST_PART_BYTES = 8 * MiB;
// So a part is at most a 16th of what came before it, and 4 GiB are 128 parts.
const GROWS_EVERY_PARTS = 32;

type StreamLimits = { readonly part: PartLimits; readonly partsAreEqual: boolean };

/**
 * Cuts a stream before anybody knows its length: the plan is that of the longest stream that fits. Parts grow, unless the
 * target wants equal ones or the client chose their size. Throws InvalidRequest and TooLarge as `planParts`.
 */
export function planStream({ part: limits, partsAreEqual }: StreamLimits, choices: StreamChoices): Plan {
  const { partBytes, expectBytes = 0, spools } = choices;
  refuseTooLarge('The stream is expected to have', expectBytes, limits);
  const room = Math.max(expectBytes * EXPECTED_MARGIN, spools ? SPOOLED_BYTES : 0);
  if (partBytes === undefined && !partsAreEqual) {
    const firstBytes = Math.max(FIRST_PART_BYTES, limits.partBytesMin);
    const sizes = sizesFor(room, limits, { firstBytes, everyParts: GROWS_EVERY_PARTS });
    // Where the first parts are small, not quite so much fits as in equal parts of the largest size.
    if (longest(sizes, limits) >= expectBytes) return planOf(sizes, limits);
  }
  const sizes = partBytes === undefined ? sizesFor(room, limits) : { partBytes };
  const fault = faultOfPartBytes(sizes.partBytes, Math.max(expectBytes, 2 * sizes.partBytes), limits);
  if (fault !== undefined) throw new TransferError('InvalidRequest', fault);
  return planOf(sizes, limits);
}

/** The smallest sizes that have room for so many bytes, but not below what every stream gets. */
function sizesFor(room: number, limits: PartLimits, growth?: PartGrowth): PartSizes {
  const { partBytesMin, partBytesMax } = limits;
  const usual = Math.min(partBytesMax, Math.max(partBytesMin, STREAM_PART_BYTES));
  const sizesOf = (more: number): PartSizes => ({ partBytes: Math.min(partBytesMax, usual + more * MiB), growth });
  let [least, most] = [0, Math.ceil((partBytesMax - usual) / MiB)];
  while (least < most) {
    const middle = Math.floor((least + most) / 2);
    if (longest(sizesOf(middle), limits) >= Math.min(room, limits.objectBytesMax)) most = middle;
    else least = middle + 1;
  }
  return sizesOf(least);
}

function longest(sizes: PartSizes, { partCountMax, objectBytesMax }: PartLimits): number {
  return Math.min(objectBytesMax, bytesOfParts(sizes, partCountMax));
}

function planOf(sizes: PartSizes, limits: PartLimits): Plan {
  const objectBytes = longest(sizes, limits);
  return { ...sizes, objectBytes, partCount: countParts(sizes, objectBytes) };
}

/** The plan of a stream that has ended: it has as many parts as its length needs. */
export function planEnded(plan: Plan, objectBytes: number): Plan {
  const partCount = Math.max(1, countParts(plan, objectBytes));
  return { ...sizesUpTo(plan, partCount), objectBytes, partCount };
}

function choosePartBytes(objectBytes: number, limits: PartLimits, speed: Speed = 'balanced'): number {
  const needed = Math.ceil(objectBytes / limits.partCountMax / MiB) * MiB;
  const wanted = Math.max(speeds[speed].partBytes, needed);
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
  const first = bytesOfParts(plan, partNumber - 1);
  return { first, last: Math.min(bytesOfParts(plan, partNumber), plan.objectBytes) - 1 };
}

export function partLength(plan: Plan, partNumber: number): number {
  const range = partRange(plan, partNumber);
  return range.last - range.first + 1;
}

export function missingParts(plan: Plan, copied: ReadonlySet<number>): number[] {
  const all = Array.from({ length: plan.partCount }, (_, index) => index + 1);
  return all.filter((partNumber) => !copied.has(partNumber));
}
