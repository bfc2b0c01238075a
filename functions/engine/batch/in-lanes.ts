import { isNamed, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import type { BatchDeadline } from './batch-deadline.ts';
import type { BatchLedger } from './batch-ledger.ts';
import type { BatchStop } from './batch-stop.ts';
import type { LaneCount } from './lane-count.ts';
import type { Limiter } from './limiter.ts';

/** What the parts of one batch share, whether they are copied or read back. */
export type BatchWork = {
  readonly ports: Ports;
  readonly transfer: Transfer;
  readonly ledger: BatchLedger;
  readonly deadline: BatchDeadline;
  readonly limit: Limiter;
  /**
   * Aborted when the part must end: the Lambda's time is up, somebody asked to abort or pause, or an error came that no
   * repetition cures.
   */
  readonly signal: AbortSignal;
  /** Aborted when no other attempt may begin. */
  readonly closing: AbortSignal;
};

export type DoPart = (work: BatchWork, partNumber: number) => Promise<void>;

export type Shared = Omit<BatchWork, 'signal' | 'closing'> & {
  readonly ending: AbortController;
  readonly stop: BatchStop;
  readonly count: LaneCount;
};

/**
 * Runs lanes over the queue: as many as `count` wants. Each takes the next part until the queue is empty, the batch ends, or
 * there are too many lanes. Gives what failed.
 */
export async function inLanes(shared: Shared, queue: number[], doPart: DoPart): Promise<unknown[]> {
  const { count, stop, ending } = shared;
  const failures: unknown[] = [];
  const over = openEnd();
  const looking = new AbortController();
  let atWork = 0;
  const leave = () => {
    atWork -= 1;
    if (atWork === 0) over.resolve();
  };
  /** Leaves the part to the other lanes, if there are any. */
  const giveBack = (partNumber: number) => {
    if (atWork === 1) return false;
    queue.push(partNumber);
    leave();
    return true;
  };
  const lane = async () => {
    for (let partNumber = queue.shift(); partNumber !== undefined; partNumber = queue.shift()) {
      if (!mayBegin(shared, partNumber, failures)) break;
      const end = await onePart(shared, partNumber, { doPart, failures, giveBack });
      if (end === 'gave back') return;
      if (end === 'stopped' || atWork > count.wanted()) break;
    }
    leave();
  };
  const begin = () => {
    const hasEnded = ending.signal.aborted || stop.closing.aborted;
    for (; !hasEnded && atWork < count.wanted() && queue.length > 0; atWork += 1) lane().catch(over.reject);
  };
  begin();
  if (atWork === 0) over.resolve();
  const looks = count.keepLooking(looking.signal, { atWork: () => atWork, onMore: begin });
  await over.promise;
  looking.abort();
  await looks;
  return failures;
}

/** As Promise.withResolvers, which Node 20 does not have. A Lambda runs on Node 20 too, on a computer that has no newer one. */
function openEnd() {
  let [resolve, reject] = [() => {}, (_error: unknown) => {}];
  const promise = new Promise<void>((onEnd, onError) => {
    [resolve, reject] = [onEnd, onError];
  });
  return { promise, resolve, reject };
}

function mayBegin({ ending, stop, deadline }: Shared, partNumber: number, failures: unknown[]): boolean {
  if (stop.closing.aborted) return false;
  if (!ending.signal.aborted && deadline.leavesTimeForAPart()) return true;
  const message = `Part ${partNumber} was not begun: the time of this Lambda is nearly up.`;
  failures.push(new TransferError('Incomplete', message, { partNumber }));
  return false;
}

type Lane = {
  readonly doPart: DoPart;
  readonly failures: unknown[];
  giveBack(partNumber: number): boolean;
};

async function onePart(shared: Shared, partNumber: number, lane: Lane): Promise<'over' | 'stopped' | 'gave back'> {
  const { ports, transfer, ledger, deadline, limit, ending, stop, count } = shared;
  const mayGoOn = stop.signalOf(partNumber);
  const signal = AbortSignal.any([ending.signal, mayGoOn]);
  const work = { ports, transfer, ledger, deadline, limit, signal, closing: stop.closing };
  const error = await failureOf(lane.doPart(work, partNumber));
  if (error === undefined) return 'over';
  ledger.partFailed(partNumber);
  if (stop.ended(mayGoOn)) return 'stopped';
  // The store takes no more at once, so this lane leaves its part to the others, and ends.
  if (isNamed(error, 'Throttled')) {
    count.throttled();
    if (lane.giveBack(partNumber)) return 'gave back';
  }
  lane.failures.push(error);
  if (!(error instanceof TransferError) || remedyOf(error.name) !== 'retry') ending.abort(error);
  return 'over';
}

/** `undefined`: it has not failed. */
function failureOf(part: Promise<void>): Promise<unknown> {
  return part.then(
    () => undefined,
    (error: unknown) => error,
  );
}
