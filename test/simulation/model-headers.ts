import type { Transfer } from '../../functions/transfer/transfer.ts';
import type { Memory } from './model-memory.ts';
import type { Process } from './process.ts';

/** Watches the headers and the locks, and how long a transfer runs without a new part. */
export type Headers = {
  /** Tells the model how to ask whether an execution is running with this count of redrives. */
  watch(isRunning: (arn: string, redriveCount: number) => boolean): void;
  headerWritten(before: Transfer | undefined, after: Transfer): void;
  /** A round begins. It can copy only if Lambda has room. Patience begins anew with each start or redrive, a `life`. */
  roundBegun(transferId: string, life: string, isLambdaOut: boolean): void;
  /** A transfer got a target key, perhaps by a request that came late. */
  locked(key: string, transferId: string, process: Process): void;
  /** Whether nobody could free this lock: it came after its transfer ended, or the process that had to free it died. */
  isStrayLock(key: string, transferId: string): boolean;
};

const UPLOADS_MAX = 3;
// The waits have 1, 5, 15 and then always 30 minutes. A late Lambda or a loss of parts may cause some more rounds.
const ROUNDS_WITHOUT_A_PART = 8;
const LONGEST_WAIT_SECONDS = 1800;

export function openHeaders(memory: Memory, calledCopied: (transfer: Transfer) => void): Headers {
  const { known, violated, nowMs, table } = memory;
  let isRunning = (_arn: string, _redriveCount: number) => false;
  const locks = new Map<string, { id: string; process: Process; atMs: number }>();
  return {
    watch: (ask) => {
      isRunning = ask;
    },
    headerWritten: (before, after) => {
      const transfer = known(after.transferId);
      if (before && isOver(before) && before.state !== after.state)
        violated(5, `Transfer ${after.transferId} was ${before.state}, and becomes ${after.state}.`);
      if (after.readingBack?.round !== before?.readingBack?.round) transfer.idleRounds = 0; // A new phase begins.
      if (after.cancelRequested) transfer.cancelledAtMs ??= nowMs();
      transfer.sourceRestarts = after.sourceRestarts;
      transfer.pausedAtMs = after.pauseRequested ? (transfer.pausedAtMs ?? nowMs()) : undefined;
      if (isOver(after) && transfer.overAtMs === undefined) {
        const { arn, redriveCount } = after.execution ?? { arn: '', redriveCount: 0 };
        Object.assign(transfer, { overAtMs: nowMs(), isEndedByZombie: !isRunning(arn, redriveCount) });
      }
      if (after.state === 'copied' && before?.state !== 'copied') calledCopied(after);
      const driver = otherDriver(before, after);
      if (driver && isRunning(driver.arn, driver.redriveCount))
        violated(9, `${after.execution?.arn} takes transfer ${after.transferId} from ${driver.arn}, which runs.`);
      if (!before || driverOf(before) !== driverOf(after))
        Object.assign(transfer, { drivenSinceMs: nowMs(), lostMsBefore: memory.lostMs() });
      refuseImpatience(memory, before, after);
      noteUpload(memory, before, after);
    },
    roundBegun: (id, life, isLambdaOut) => {
      const transfer = known(id);
      if (transfer.life !== life) Object.assign(transfer, { life, idleRounds: 0 });
      const patienceSeconds = table.headers.get(id)?.transfer.request.patienceSeconds ?? 0;
      if (!isLambdaOut) transfer.idleRounds += 1;
      if (transfer.idleRounds > ROUNDS_WITHOUT_A_PART + patienceSeconds / LONGEST_WAIT_SECONDS)
        violated(6, `Round ${transfer.idleRounds} begins without a part since; patience is ${patienceSeconds} s.`);
    },
    locked: (key, id, process) => {
      locks.set(key, { id, process, atMs: nowMs() });
    },
    isStrayLock: (key, id) => {
      const lock = locks.get(key);
      if (lock?.id !== id) return false;
      return table.headers.has(id)
        ? known(id).isEndedByZombie || lock.atMs > (known(id).overAtMs ?? Number.POSITIVE_INFINITY)
        : !lock.process.hasAnswered();
    },
  };
}

/** The execution that loses the transfer to another one. A transfer that is cancelled may be taken from anybody. */
function otherDriver(before: Transfer | undefined, after: Transfer): Transfer['execution'] {
  const driver = before?.execution;
  return driver?.arn === after.execution?.arn || after.cancelRequested ? undefined : driver;
}

function isOver({ state }: Transfer): boolean {
  return state === 'copied' || state === 'aborted';
}

// Patience may also count the attempts of a step that could not reach a store. The product only estimates their time.
const ESTIMATED_SECONDS_MAX = 8 * 60;

/** A transfer may stall only when patience has ended. It counts from the last resume, without the time of Lambda. */
function refuseImpatience(
  { known, violated, nowMs, lostMs }: Memory,
  before: Transfer | undefined,
  after: Transfer,
): void {
  const isStalled = after.failure?.name === 'Stalled' && after.failure.message.startsWith('No part');
  if (!isStalled || before?.failure?.name === 'Stalled' || after.failure?.message.includes('Lambda')) return;
  const { drivenSinceMs, lostMsBefore } = known(after.transferId);
  const drivenSeconds = (nowMs() - drivenSinceMs) / 1000;
  const lostSeconds = (lostMs() - lostMsBefore) / 1000;
  const { patienceSeconds } = after.request;
  if (drivenSeconds < patienceSeconds || drivenSeconds - lostSeconds + ESTIMATED_SECONDS_MAX < patienceSeconds)
    violated(
      6,
      `It is stalled ${drivenSeconds} s after it was resumed, of which Lambda took ${lostSeconds} s; patience is ${patienceSeconds} s.`,
    );
}

/** A transfer may lose at most 3 uploads. A changed source, a redrive and a resume begin the count anew. */
function noteUpload({ uploads, known, violated }: Memory, before: Transfer | undefined, after: Transfer): void {
  const transfer = known(after.transferId);
  const isForgiven = after.uploadsForgiven !== before?.uploadsForgiven; // The client has asked again.
  if (!before || isForgiven || after.sourceRestarts !== before.sourceRestarts || driverOf(after) !== driverOf(before))
    transfer.uploadsSinceRestart = 0;
  if (after.uploadId === undefined || after.uploadId === before?.uploadId) return;
  const upload = uploads.get(after.uploadId);
  if (upload) upload.writtenDown = true;
  else violated(2, `The header names upload ${after.uploadId}, which the target never began.`);
  transfer.uploadsSinceRestart += 1;
  if (transfer.uploadsSinceRestart > UPLOADS_MAX)
    violated(6, `Transfer ${after.transferId} begins upload number ${transfer.uploadsSinceRestart}.`);
}

function driverOf({ execution }: Transfer): string {
  return `${execution?.arn}#${execution?.redriveCount}`;
}
