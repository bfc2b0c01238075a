import { TransferError } from '../../transfer/errors.ts';
import type { ExecutionFacts } from '../../transfer/messages.ts';
import { isFinal, isWaiting, type Transfer } from '../../transfer/transfer.ts';
import type { Checkpoints, Executions, Ports } from '../ports/ports.ts';

/** Reads a transfer that must be there. Throws NotFound. */
export async function readTransfer(checkpoints: Checkpoints, transferId: string): Promise<Transfer> {
  const transfer = await checkpoints.read(transferId);
  if (!transfer) throw new TransferError('NotFound', `There is no transfer ${transferId}.`);
  return transfer;
}

/**
 * Makes this execution the one that drives the transfer. Returns `undefined` if another execution drives it, or nothing
 * is left to do. Triggers come at least once, so an execution may be started twice. The second one finds the first and
 * ends. After a redrive, patience begins anew, the noted errors are forgotten, and the checkpoint is compared with the
 * target. We know a redrive by a higher redrive count, or by a header that Settle marked as failed while its execution
 * runs.
 */
export async function claim(
  ports: Pick<Ports, 'checkpoints' | 'executions' | 'clock'>,
  transferId: string,
  execution: ExecutionFacts,
): Promise<Transfer | undefined> {
  const { checkpoints, executions, clock } = ports;
  const transfer = await readTransfer(checkpoints, transferId);
  if (isFinal(transfer.state)) return undefined;
  if (await isDrivenByAnother(ports, transfer, execution)) return undefined;
  const isRevived = await isRunningAgain(executions, transfer, execution);
  let isLost = false;
  const now = await checkpoints.change(transferId, (present) => {
    // Since we read the header, another execution may have claimed the transfer. Or somebody redrove the execution that
    // had ended.
    const isAsSeen = hasSameDriver(present, transfer);
    isLost = isFinal(present.state) || (!isAsSeen && present.execution?.arn !== execution.arn);
    return isLost ? undefined : claimed(present, execution, { isRevived: isRevived && isAsSeen, nowMs: clock.nowMs() });
  });
  return isLost ? undefined : now;
}

/** Whether the same execution drives both, with the same redrive count. */
export function hasSameDriver(one: Transfer, other: Transfer): boolean {
  return one.execution?.arn === other.execution?.arn && one.execution?.redriveCount === other.execution?.redriveCount;
}

type ExecutionPorts = Pick<Ports, 'executions' | 'clock'>;

async function isDrivenByAnother(ports: ExecutionPorts, transfer: Transfer, mine: ExecutionFacts): Promise<boolean> {
  // The call that asked for the abort has stopped the other execution.
  if (transfer.execution?.arn === mine.arn || transfer.cancelRequested) return false;
  return isAtWork(ports, transfer);
}

// DescribeExecution is eventually consistent (SDK documentation). Other users saw delays of seconds. Nobody promises a
// limit.
const DESCRIBE_LAG_MS = 10_000;

/**
 * Whether the execution that the header names is still at work. We trust the header more than DescribeExecution, whose
 * answer may be seconds old. It may show an execution as running that has ended, and it may not know an execution that
 * was started or redriven a moment ago.
 */
export async function isAtWork({ executions, clock }: ExecutionPorts, transfer: Transfer): Promise<boolean> {
  const { execution, state, updatedAtMs } = transfer;
  if (!execution || isFinal(state) || isWaiting(state) || state === 'pushing') return false;
  const status = (await executions.describe(execution.arn))?.status;
  return status === 'RUNNING' || clock.nowMs() - updatedAtMs < DESCRIBE_LAG_MS;
}

/**
 * Whether this execution runs although the header says that it ended: somebody redrove it. A Lambda of a stopped
 * execution may ask too. Then DescribeExecution says that nothing runs.
 */
async function isRunningAgain(executions: Executions, { state, execution }: Transfer, mine: ExecutionFacts) {
  if (
    (state !== 'failed' && state !== 'pushing') ||
    execution?.arn !== mine.arn ||
    execution.redriveCount < mine.redriveCount
  )
    return false;
  return (await executions.describe(mine.arn))?.status === 'RUNNING';
}

type Claim = { readonly isRevived: boolean; readonly nowMs: number };

function claimed(transfer: Transfer, mine: ExecutionFacts, { isRevived, nowMs }: Claim): Transfer | undefined {
  const theirs = transfer.execution;
  const isNew = theirs?.arn !== mine.arn;
  if (!isNew && !isRevived && theirs.redriveCount >= mine.redriveCount) return undefined;
  return {
    ...transfer,
    execution: { arn: mine.arn, redriveCount: mine.redriveCount, ...(isRevived && { revivedAtMs: nowMs }) },
    executionsBegun: transfer.executionsBegun + (isNew ? 1 : 0),
    state: isWaiting(transfer.state) || transfer.state === 'pushing' ? 'copying' : transfer.state,
    // A person who redrives, or starts another execution, wants the transfer to go on. But a pause from before the
    // first execution still counts.
    pauseRequested: theirs === undefined && transfer.pauseRequested,
    uploadsForgiven: transfer.uploadsBegun,
    mistrusted: true,
    progressAtMs: nowMs,
    idleRounds: 0,
    awaySinceMs: undefined,
    noted: undefined,
    failure: undefined,
    updatedAtMs: nowMs,
  };
}
