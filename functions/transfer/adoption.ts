import type { PartAtTarget } from './at-stores.ts';
import { TransferError } from './errors.ts';
import { faultOfPartBytes, type PartLimits, type Plan, partLength } from './plan.ts';
import { sizeText } from './values/sizes.ts';

type Sized = Pick<PartAtTarget, 'partNumber' | 'bytes'>;

/** Whether a part of this number has the length that the plan gives it. */
export function fitsCut(plan: Plan, { partNumber, bytes }: Sized): boolean {
  return partNumber >= 1 && partNumber <= plan.partCount && bytes === partLength(plan, partNumber);
}

/**
 * Throws InvalidRequest if parts are there and none fits. Then the upload was cut in another way, or belongs to another
 * object. Everything would be sent again, into an upload that proves less than one of our own. `name` says which
 * upload.
 */
export function refuseOtherCut(plan: Plan, parts: readonly Sized[], limits: PartLimits, name: string): void {
  if (parts.length === 0 || parts.some((part) => fitsCut(plan, part))) return;
  const sizes = cutsOf(plan.objectBytes, parts, limits);
  const advice =
    sizes.length === 0
      ? `This target takes no part size that fits them all in an object of ${plan.objectBytes} bytes: leave \`resumeFrom\` out.`
      : `\`resumeFrom.partBytes\` ${sizes.map(sizeText).join(' or ')} would fit them all: ask with it if the upload was cut so.`;
  const having = parts.length === 1 ? 'the part that is there has' : `the ${parts.length} parts that are there have`;
  throw new TransferError(
    'InvalidRequest',
    `\`resumeFrom.partBytes\` is ${sizeText(plan.partBytes)} and fits no part of ${name}: ${having} ${lengths(parts)} bytes. ${advice}`,
  );
}

/**
 * The part sizes that fit all of these parts: the size of a part that is not the last, and the size that leaves the
 * last part as it is.
 */
function cutsOf(objectBytes: number, parts: readonly Sized[], limits: PartLimits): number[] {
  const last = parts.reduce((one, other) => (other.partNumber > one.partNumber ? other : one));
  const beforeLast = (objectBytes - last.bytes) / (last.partNumber - 1);
  const sizes = [...new Set([...parts.map(({ bytes }) => bytes), beforeLast])];
  return sizes.filter((partBytes) => {
    if (!Number.isInteger(partBytes) || partBytes <= 0 || faultOfPartBytes(partBytes, objectBytes, limits))
      return false;
    const plan = { objectBytes, partBytes, partCount: Math.ceil(objectBytes / partBytes) };
    return parts.every((part) => fitsCut(plan, part));
  });
}

// One sentence holds no more.
const LENGTHS_SHOWN = 5;

function lengths(parts: readonly Sized[]): string {
  const all = [...new Set(parts.map(({ bytes }) => bytes))];
  return all.slice(0, LENGTHS_SHOWN).join(', ') + (all.length > LENGTHS_SHOWN ? ', …' : '');
}
