import { isPauseUnderWay } from '../../transfer/budgets/pausing.ts';
import { isPush } from '../../transfer/push.ts';
import { parse } from '../../transfer/request.ts';
import { type Transfer, uploadOf } from '../../transfer/transfer.ts';
import { beginExecution } from '../claim/begin-execution.ts';
import { isAtWork, readTransfer } from '../claim/claim.ts';
import { refuseEnded } from '../claim/refuse-to-go-on.ts';
import type { ExecutionStatus, Ports } from '../ports/ports.ts';
import { finishPush } from '../push/finish-push.ts';
import { holdTarget } from '../push/hold-target.ts';
import { changeTransfer } from './change-transfer.ts';
import { resumeChanges } from './resume-changes.ts';

/**
 * Resumes a transfer where it failed: by a redrive while Step Functions allows it, otherwise by a new execution on the
 * same checkpoint. A transfer that is under way simply goes on. Throws NotFound, and Ended for a transfer that was
 * aborted or is being aborted. If the header and DescribeExecution disagree, the header is right: Describe shows an end seconds late.
 * The caller may change what `resumeChanges` names. Throws InvalidRequest for other changes.
 */
export const resumeTransfer =
  (ports: Ports) =>
  async (transferId: string, body: unknown = {}): Promise<Transfer> => {
    const changes = parse(resumeChanges, body, 'The resume');
    const known = await readTransfer(ports.checkpoints, transferId);
    if (known.state === 'copied') return known;
    refuseEnded(known, 'resumed');
    const transfer = await changeTransfer(ports, await withoutPause(ports, known), changes);
    if (isPush(transfer) && isWithClient(transfer)) return pushOn(ports, transfer);
    const arn = transfer.execution?.arn;
    if (await isAtWork(ports, transfer)) return transfer;
    const execution = arn === undefined ? undefined : await ports.executions.describe(arn);
    // A redrive would go on with the number of batches that the state was given.
    const isWorth = changes.batchesAtOnce === undefined && isWorthARedrive(transfer, execution);
    const redriven = arn !== undefined && isWorth && (await ports.executions.redrive(arn));
    if (!redriven) await beginExecution(ports, transfer);
    return readTransfer(ports.checkpoints, transferId);
  };

/** Takes back a pause whose batches still finish their parts. The execution goes on, with another round. */
async function withoutPause({ checkpoints, clock }: Ports, known: Transfer): Promise<Transfer> {
  if (!isPauseUnderWay(known)) return known;
  return checkpoints.change(known.transferId, (now) =>
    isPauseUnderWay(now) ? { ...now, pauseRequested: false, updatedAtMs: clock.nowMs() } : undefined,
  );
}

/** Whether only the client can go on, since parts may be missing. From reading back on, nobody needs the client. */
function isWithClient({ state, readingBack }: Transfer): boolean {
  return state === 'pushing' || (state === 'paused' && !readingBack);
}

/**
 * Goes on with a push. If it was paused when all its parts were there, this finishes it, since it needs nothing more
 * from its client.
 */
async function pushOn(ports: Ports, known: Transfer): Promise<Transfer> {
  const { checkpoints, clock } = ports;
  const { transferId, state, source, plan } = known;
  await holdTarget(ports, known);
  const transfer = await checkpoints.change(transferId, (now) =>
    now.state === 'paused' || now.uploadsForgiven < now.uploadsBegun
      ? {
          ...now,
          state: 'pushing',
          pauseRequested: false,
          // Somebody is here who looks at it, so the uploads that the store lost are counted anew.
          uploadsForgiven: now.uploadsBegun,
          updatedAtMs: clock.nowMs(),
        }
      : undefined,
  );
  if (state !== 'paused' || !source || !plan) return transfer;
  const parts = await checkpoints.parts(transferId, uploadOf(transfer), 1, plan.partCount);
  return parts.length < plan.partCount ? transfer : finishPush(ports)(transferId, {});
}

/**
 * Whether a redrive is better than a new execution. A redrive would begin a stopped Wait from its beginning. And an
 * execution with a full history would fail again at once.
 */
function isWorthARedrive({ state, failure }: Transfer, execution: ExecutionStatus | undefined): boolean {
  if (state === 'paused' || failure?.name === 'Stopped' || failure?.name === 'HistoryFull') return false;
  if (!execution || execution.status === 'ABORTED' || execution.status === 'SUCCEEDED') return false;
  return execution.redrivable || execution.status === 'RUNNING';
}
