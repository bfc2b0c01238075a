import { TransferError } from '../transfer/errors.ts';
import type { ExecutionFacts } from '../transfer/messages.ts';
import type { Checkpoints, Executions, Ports } from '../transfer/ports.ts';
import { isFinal, isWaiting, type Transfer } from '../transfer/transfer.ts';

/** Reads a transfer that must be there. Throws NotFound. */
export async function readTransfer(checkpoints: Checkpoints, transferId: string): Promise<Transfer> {
  const transfer = await checkpoints.read(transferId);
  if (!transfer) throw new TransferError('NotFound', `There is no transfer ${transferId}.`);
  return transfer;
}

/**
 * Makes this execution the one that drives the transfer, or gives `undefined` when another one is at it or nothing is
 * left to do. At-least-once triggers start executions twice; the second finds the first and ends.
 * A redrive forgives: patience begins anew, what was noted is forgotten, and the checkpoint is compared with the target.
 */
export async function claim(
  { checkpoints, executions, clock }: Pick<Ports, 'checkpoints' | 'executions' | 'clock'>,
  transferId: string,
  execution: ExecutionFacts,
): Promise<Transfer | undefined> {
  const transfer = await readTransfer(checkpoints, transferId);
  if (isFinal(transfer.state)) return undefined;
  if (await isDrivenByAnother(executions, transfer, execution)) return undefined;
  let isLost = false;
  const now = await checkpoints.change(transferId, (present) => {
    // Between the look and this write another one may have claimed, or the one that had ended was redriven.
    const isAsSeen = isDrivenAlike(present, transfer);
    isLost = isFinal(present.state) || (!isAsSeen && present.execution?.arn !== execution.arn);
    return isLost ? undefined : claimed(present, execution, clock.nowMs());
  });
  return isLost ? undefined : now;
}

/** Whether the same execution drives both, in the same life of it. */
export function isDrivenAlike(one: Transfer, other: Transfer): boolean {
  return one.execution?.arn === other.execution?.arn && one.execution?.redriveCount === other.execution?.redriveCount;
}

async function isDrivenByAnother(executions: Executions, transfer: Transfer, mine: ExecutionFacts): Promise<boolean> {
  const theirs = transfer.execution;
  // Who cancels has stopped the other one, though Step Functions may not say so yet.
  if (!theirs || theirs.arn === mine.arn || transfer.cancelRequested) return false;
  return (await executions.describe(theirs.arn))?.status === 'RUNNING';
}

function claimed(transfer: Transfer, mine: ExecutionFacts, nowMs: number): Transfer | undefined {
  const theirs = transfer.execution;
  const isNew = theirs?.arn !== mine.arn;
  if (!isNew && theirs.redriveCount >= mine.redriveCount) return undefined;
  return {
    ...transfer,
    execution: { arn: mine.arn, redriveCount: mine.redriveCount },
    executionsBegun: transfer.executionsBegun + (isNew ? 1 : 0),
    state: isWaiting(transfer.state) ? 'copying' : transfer.state,
    // Whoever redrives, or starts another execution, means that it goes on. The first one may be paused before it began.
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
