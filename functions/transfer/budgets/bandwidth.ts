import { TransferError } from '../errors.ts';
import type { Plan } from '../plan.ts';
import type { TransferRequest } from '../request.ts';
import type { Transfer } from '../transfer.ts';
import { MiB, sizeText } from '../values/sizes.ts';
import { enoughForALane } from './lanes.ts';

/**
 * The limit of a transfer's bandwidth. The Lambdas of a transfer do not know each other. So Plan decides how many of them
 * work at once, writes the number on the header, and each takes an equal share. A share counts the bytes that are sent to
 * the target, with those of attempts that fail.
 */

// One Lambda moves 75 MiB/s. With about half of that as its share, the limit decides and not the Lambda. And the fewer Lambdas
// wait for their turn, the less is paid.
const SHARE_BYTES_MAX = 40 * MiB;
// A batch gets a third of the time that its Lambda has. What is left is for slow parts and for attempts that fail.
const BATCH_SECONDS = 300;
// A part must pass through one call of a Lambda, which has 15 minutes.
const PART_SECONDS_MAX = 600;
// A client has all the time that it wants. But who asks for less than a part an hour has made a mistake.
const PUSHED_PART_SECONDS_MAX = 3600;

type Limited = Pick<TransferRequest, 'batchesAtOnce' | 'bandwidthBytesPerSecond'>;

/** How many Lambdas copy at once. `atMost`: what the stores have shown to take. */
export function lambdasAtOnce({ batchesAtOnce, bandwidthBytesPerSecond }: Limited, atMost = batchesAtOnce): number {
  if (bandwidthBytesPerSecond === undefined) return atMost;
  return Math.min(atMost, Math.max(1, Math.ceil(bandwidthBytesPerSecond / SHARE_BYTES_MAX)));
}

/** What one Lambda of this round may send in a second. `undefined`: there is no limit. */
export function shareOf({ request, handedOut }: Pick<Transfer, 'request' | 'handedOut'>): number | undefined {
  // Older code handed out without a number. Then all Lambdas that may work share the limit.
  const lambdas = handedOut?.lambdas ?? request.batchesAtOnce;
  return request.bandwidthBytesPerSecond && request.bandwidthBytesPerSecond / Math.max(1, lambdas);
}

/**
 * How many parts a batch may have under a limit. A batch is long, since its start sends nothing. The batches of a wave end at
 * about the same time, so that no share is left unused.
 */
export function partsPerBatchWithin(
  { partBytes }: Plan,
  request: Limited,
  { missing, usual }: { readonly missing: number; readonly usual: number },
): number {
  if (request.bandwidthBytesPerSecond === undefined) return usual;
  const lambdas = lambdasAtOnce(request);
  const share = request.bandwidthBytesPerSecond / lambdas;
  const most = Math.max(1, Math.floor((share * BATCH_SECONDS) / partBytes));
  const waves = Math.ceil(missing / (most * lambdas));
  return Math.max(1, Math.ceil(missing / (waves * lambdas)));
}

/** How many parts may be in flight at once, so that each gets enough of the share. */
export function lanesWithin(share: number | undefined, partBytes: number, countMax: number): number {
  if (share === undefined) return countMax;
  return Math.max(1, Math.min(countMax, Math.floor(share / enoughForALane(partBytes))));
}

/** Throws InvalidRequest if no part could finish under the limit that the request asks for. */
export function refuseTooNarrow({ source, bandwidthBytesPerSecond }: TransferRequest, { partBytes }: Plan): void {
  if (bandwidthBytesPerSecond === undefined) return;
  const isPushed = 'client' in source;
  const seconds = isPushed ? PUSHED_PART_SECONDS_MAX : PART_SECONDS_MAX;
  const least = Math.ceil(partBytes / seconds);
  if (bandwidthBytesPerSecond >= least) return;
  const needed = durationText(partBytes / bandwidthBytesPerSecond);
  const limit = isPushed ? 'at most an hour is accepted' : 'a Lambda has 15 minutes, and Partway plans 10 for a part';
  throw new TransferError(
    'InvalidRequest',
    `\`bandwidthBytesPerSecond\` is ${bandwidthBytesPerSecond}. A part of ${sizeText(partBytes)} would need ${needed}; ${limit}. Ask for at least ${least} bytes a second, or for a smaller \`partBytes\`.`,
  );
}

function durationText(seconds: number): string {
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} minutes`;
  return seconds < 172_800 ? `${Math.ceil(seconds / 3600)} hours` : `${Math.ceil(seconds / 86_400)} days`;
}
