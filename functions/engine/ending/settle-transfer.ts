import { asFailure, type Failure, remedyOf, TransferError } from '../../transfer/errors.ts';
import type { Nothing } from '../../transfer/messages.ts';
import { parseRequest } from '../../transfer/request.ts';
import { isFinal, isWaiting, newTransfer, type Transfer, type TransferState } from '../../transfer/transfer.ts';
import { hasBegun } from '../../transfer/views/refused.ts';
import { viewOf } from '../../transfer/views/view.ts';
import { causeMessage } from '../claim/cause.ts';
import { hasSameDriver } from '../claim/claim.ts';
import { type ExecutionOrder, findOrdered, readOrder } from '../claim/execution-input.ts';
import { scrubbed } from '../claim/identity.ts';
import type { Announcement, Ports } from '../ports/ports.ts';
import { refusedArrival } from './refused-arrival.ts';

/** The detail of an "Execution Status Change": https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export type StatusChange = {
  readonly executionArn: string;
  readonly status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'RUNNING';
  readonly input?: string | null;
  readonly error?: string | null;
  readonly cause?: string | null;
  readonly redriveCount?: number | null;
  /** Milliseconds since 1970, UTC. */
  readonly stopDate?: number | null;
};

/**
 * Writes on the header how an execution ended, and announces it. So we also notice a stop in the console, a time-out
 * and a full history. An event of an execution that no longer drives the transfer changes nothing. If Initiate never
 * ran, Settle writes the header itself, so that the transfer is listed and can be resumed.
 */
export const settleTransfer =
  (ports: Ports) =>
  async ({ detail }: { detail: StatusChange }): Promise<Nothing> => {
    if (detail.status === 'RUNNING') return {};
    const order = orderOf(detail);
    const known = order && (await findOrdered(ports, order));
    if (!known) return settleUnknown(ports, order, detail);
    if (!isAbout(known, detail)) return {};
    return settleKnown(ports, known, detail);
  };

async function settleKnown(ports: Ports, known: Transfer, detail: StatusChange): Promise<Nothing> {
  const transfer = isFinal(known.state) ? known : await markEnded(ports, known, detail);
  // An earlier call may have crashed after it wrote the end, so the key may still be locked.
  if (isFinal(transfer.state)) {
    await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
    await forgetUrl(ports, transfer);
  }
  if (!isFinal(transfer.state) && !isWaiting(transfer.state)) return {};
  await ports.announce(announcement(transfer));
  return {};
}

/**
 * Nobody reads the source any more, so its URL need not stay with a signature that may still be good. Headers of older
 * code have the whole URL themselves.
 */
async function forgetUrl({ checkpoints }: Ports, { transferId, request }: Transfer): Promise<void> {
  if (!('url' in request.source)) return;
  await checkpoints.forgetUrl(transferId);
  if (scrubbed(request) === request) return;
  await checkpoints.change(transferId, (now) => ({ ...now, request: scrubbed(now.request) }));
}

/**
 * A request that cannot be read never becomes a transfer. We still announce that its execution failed. An arrival is also
 * listed, since nobody has seen its refusal.
 */
async function settleUnknown(ports: Ports, order: ExecutionOrder | undefined, detail: StatusChange): Promise<Nothing> {
  if (detail.status === 'SUCCEEDED') return {};
  const transfer = order && transferOf(order, detail, ports.clock.nowMs());
  if (transfer) return settleKnown(ports, await ports.checkpoints.create(transfer), detail);
  const failed = { state: 'failed', execution: detail.executionArn, failure: failureOf(detail) };
  const refused = refusedArrival(inputOf(detail), detail.executionArn, ports.clock.nowMs());
  if (refused) await ports.checkpoints.create(refused);
  await ports.announce({ type: 'Transfer Failed', detail: { ...(refused ? viewOf(refused, []) : {}), ...failed } });
  return {};
}

/** `undefined`: the input names a transfer that the checkpoint no longer has, or its request is invalid. */
function transferOf(order: ExecutionOrder, detail: StatusChange, nowMs: number): Transfer | undefined {
  if (order.body === undefined) return undefined;
  try {
    const transfer = newTransfer(order.transferId, scrubbed(parseRequest(order.body)), nowMs, order.sequencer);
    const execution = { arn: detail.executionArn, redriveCount: detail.redriveCount ?? 0 };
    return { ...transfer, execution, executionsBegun: 1 };
  } catch (error) {
    if (error instanceof TransferError) return undefined;
    throw error;
  }
}

/**
 * Whether the event is about the present run of the execution that drives the transfer, or about an execution that
 * failed before it could claim. A run may begin without a higher redrive count. Then we know when it began, and an
 * earlier end belongs to an earlier run.
 */
function isAbout({ execution }: Transfer, { executionArn, redriveCount, stopDate }: StatusChange): boolean {
  if (!execution) return true;
  if (execution.arn !== executionArn || (redriveCount ?? 0) < execution.redriveCount) return false;
  return execution.revivedAtMs === undefined || (stopDate ?? Number.POSITIVE_INFINITY) >= execution.revivedAtMs;
}

/** `undefined`: the input cannot be read, so it never became a transfer. */
function orderOf(detail: StatusChange): ExecutionOrder | undefined {
  try {
    return readOrder(inputOf(detail), detail.executionArn);
  } catch (error) {
    if (error instanceof TransferError) return undefined;
    throw error;
  }
}

/** EventBridge leaves out an input that is too long for an event. */
function inputOf({ input }: StatusChange): unknown {
  try {
    return JSON.parse(input ?? 'null');
  } catch {
    return null;
  }
}

async function markEnded(ports: Ports, transfer: Transfer, detail: StatusChange): Promise<Transfer> {
  const failure = failureOf(detail);
  // If the transfer was refused before a byte moved, there is nothing to resume. So the key becomes free for the
  // corrected request.
  if (remedyOf(failure.name) === 'refuse' && !hasBegun(transfer)) {
    await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
  }
  return ports.checkpoints.change(transfer.transferId, (now) => {
    // Since we read the header, another execution may have claimed the transfer, or somebody redrove this one.
    if (isFinal(now.state) || !hasSameDriver(now, transfer)) return undefined;
    const ended = now.pauseRequested
      ? ({ state: 'paused' } as const)
      : ({ state: stateAfter(failure), failure } as const);
    return { ...now, ...ended, updatedAtMs: ports.clock.nowMs() };
  });
}

/**
 * If parts are missing in a push, the client sends them, and no person must do anything. So the transfer has not
 * failed.
 */
function stateAfter({ name }: Failure): 'pushing' | 'failed' {
  return remedyOf(name) === 'send' ? 'pushing' : 'failed';
}

function failureOf({ status, error, cause }: StatusChange): Failure {
  if (status === 'FAILED') return asFailure(error ?? 'Error', causeMessage(cause ?? ''));
  return asFailure('Stopped', `The execution ended with the status ${status}. ${cause ?? ''}`.trim());
}

function announcement(transfer: Transfer): Announcement {
  return { type: typeOf(transfer.state), detail: { ...viewOf(transfer, []) } };
}

function typeOf(state: TransferState): Announcement['type'] {
  switch (state) {
    case 'copied':
      return 'Transfer Succeeded';
    case 'aborted':
      return 'Transfer Aborted';
    case 'paused':
      return 'Transfer Paused';
    // These transfers do not go on by themselves, since their execution has ended.
    case 'failed':
    case 'pushing':
    case 'accepted':
    case 'copying':
      return 'Transfer Failed';
  }
}
