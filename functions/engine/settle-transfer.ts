import { asFailure, type Failure, remedyOf, TransferError } from '../transfer/errors.ts';
import type { Nothing } from '../transfer/messages.ts';
import type { Announcement, Ports } from '../transfer/ports.ts';
import { isFinal, isWaiting, type Transfer } from '../transfer/transfer.ts';
import { viewOf } from '../transfer/view.ts';
import { causeMessage } from './cause.ts';
import { isDrivenAlike } from './claim.ts';
import { type ExecutionOrder, findOrdered, readOrder } from './execution-input.ts';

/** The detail of an "Execution Status Change": https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export type StatusChange = {
  readonly executionArn: string;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'RUNNING';
  readonly input?: string | null;
  readonly error?: string | null;
  readonly cause?: string | null;
  readonly redriveCount?: number | null;
};

/**
 * Writes an execution's end on the header and tells the world. It is how a stop in the console, a time-out and a full
 * history are noticed as well. An event of an execution that no longer drives the transfer changes nothing.
 */
export const settleTransfer =
  (ports: Ports) =>
  async ({ detail }: { detail: StatusChange }): Promise<Nothing> => {
    const order = orderOf(detail);
    const known = order && (await findOrdered(ports, order));
    if (!known || detail.status === 'RUNNING' || !tellsOf(known, detail)) return {};
    const transfer = isFinal(known.state) ? known : await markEnded(ports, known, detail);
    // Who ended it may have died before freeing the key.
    if (isFinal(transfer.state)) await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
    if (!isFinal(transfer.state) && !isWaiting(transfer.state)) return {};
    await ports.announce(announcement(transfer));
    return {};
  };

/** Whether the event is of the execution that drives the transfer, as it is now; or of one that failed before it could claim. */
function tellsOf({ execution }: Transfer, { executionArn, redriveCount }: StatusChange): boolean {
  if (!execution) return true;
  return execution.arn === executionArn && (redriveCount ?? 0) >= execution.redriveCount;
}

/** An input that cannot be read never became a transfer, so there is nothing to settle. */
function orderOf({ input, executionArn }: StatusChange): ExecutionOrder | undefined {
  try {
    return readOrder(JSON.parse(input ?? 'null'), executionArn);
  } catch (error) {
    if (error instanceof TransferError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function markEnded(ports: Ports, transfer: Transfer, detail: StatusChange): Promise<Transfer> {
  const failure = failureOf(detail);
  // What was refused before a byte moved leaves nothing to go on with, so the key is free for the corrected request.
  if (remedyOf(failure.name) === 'refuse' && !hasBegun(transfer)) {
    await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
  }
  return ports.checkpoints.change(transfer.transferId, (now) => {
    // Another execution, or a redrive of this one, may have claimed since it was read.
    if (isFinal(now.state) || !isDrivenAlike(now, transfer)) return undefined;
    const ended = now.pauseRequested ? ({ state: 'paused' } as const) : ({ state: 'failed', failure } as const);
    return { ...now, ...ended, updatedAtMs: ports.clock.nowMs() };
  });
}

/** A planned upload that could not be begun, or adopted, has not: whatever goes on with it takes the key again. */
function hasBegun({ plan, method, uploadsBegun }: Transfer): boolean {
  return plan !== undefined && (method === 'whole' || uploadsBegun > 0);
}

function failureOf({ status, error, cause }: StatusChange): Failure {
  if (status === 'FAILED') return asFailure(error ?? 'Error', causeMessage(cause ?? ''));
  return asFailure('Stopped', `The execution ended as ${status}. ${cause ?? ''}`.trim());
}

function announcement(transfer: Transfer): Announcement {
  const types = {
    copied: 'Transfer Succeeded',
    aborted: 'Transfer Aborted',
    failed: 'Transfer Failed',
    paused: 'Transfer Paused',
  } as const;
  const type = transfer.state in types ? types[transfer.state as keyof typeof types] : types.failed;
  return { type, detail: { ...viewOf(transfer, []) } };
}
