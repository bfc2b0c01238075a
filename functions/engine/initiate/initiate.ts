import { refuseUnsupported } from '../../transfer/attributes/unsupported.ts';
import { refuseTooNarrow } from '../../transfer/budgets/bandwidth.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { InitiateInput, InitiateOutput } from '../../transfer/messages.ts';
import { planCopy } from '../../transfer/plan.ts';
import { isPush } from '../../transfer/push.ts';
import { parseRequest, type TransferRequest } from '../../transfer/request.ts';
import { decideServerCopy } from '../../transfer/server-copy.ts';
import { isFinal, newTransfer, type ObjectFacts, type Transfer } from '../../transfer/transfer.ts';
import { claim, readTransfer } from '../claim/claim.ts';
import { findOrdered, readOrder } from '../claim/execution-input.ts';
import { scrubbed } from '../claim/identity.ts';
import { refuseToGoOn, refuseToRevive } from '../claim/refuse-to-go-on.ts';
import { ownerText, takeTarget } from '../claim/target-lock.ts';
import { handOnHistory } from '../plan/history-room.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { lookAtTarget } from '../stores/look-at-target.ts';
import { carriageOf } from '../stores/object-write.ts';
import { inspectSource } from '../stores/source-pin.ts';
import { refuseTakenTarget } from '../stores/target-rules.ts';
import { markAdopted } from './adopt-upload.ts';
import { beginUpload } from './begin-upload.ts';
import { copySmall } from './copy-small.ts';

/**
 * Refuses everything that can be refused, before a byte moves. Then it begins the upload, or copies the object if it is
 * small. It may run again at any time, in the same execution or in another: it does not repeat what is done already.
 */
export const initiate =
  (ports: Ports) =>
  async (attempt: InitiateInput): Promise<InitiateOutput> => {
    const { input, execution } = attempt;
    const transferId = await accept(ports, input, execution.arn);
    const transfer = await claim(ports, transferId, execution);
    if (!transfer) return { transferId, next: 'nothing' };
    refuseToGoOn(transfer, execution.arn);
    await ports.admit(transfer.request);
    await lockTarget(ports, transfer);
    const history = await handOnHistory(ports, attempt, { choices: 1 });
    // The object is complete, so it does not matter whether the source has changed since.
    if (transfer.readingBack) return { transferId, next: 'plan', history };
    const source = await inspectSource(ports, transfer);
    const target = await ports.target(transfer);
    refuseUnsupported(carriageOf({ ...transfer, source }, target.profile));
    if (isPush(transfer)) {
      await refuseTaken(target, transfer);
      await markAdopted(ports, target, transfer);
    }
    if (!transfer.plan && (await isThereAlready(ports, target, transfer, source)))
      return { transferId, next: 'nothing' };
    const ready = await planned(ports, target, { transfer, source, arn: execution.arn });
    await beginUpload(ports, target, ready, execution.arn);
    return { transferId, next: (await copySmall(ports, ready, attempt)) ? 'complete' : 'plan', history };
  };

/** Finds the transfer that the execution's input means, and creates it if it is new. */
async function accept(ports: Ports, input: unknown, executionArn: string): Promise<string> {
  const order = readOrder(input, executionArn);
  const { transferId, body, sequencer } = order;
  if (body === undefined) return (await readTransfer(ports.checkpoints, transferId)).transferId;
  const known = await findOrdered(ports, order);
  if (known) return known.transferId; // written down before, by this execution or another
  const request = parseRequest(body);
  refuseQuery(request);
  await ports.checkpoints.create(newTransfer(transferId, scrubbed(request), ports.clock.nowMs(), sequencer));
  return transferId;
}

/** A call of the API gives the id of a transfer to its execution. Only a person who types the input gives a URL. */
function refuseQuery({ source }: TransferRequest): void {
  if (!('url' in source) || new URL(source.url).search === '') return;
  throw new TransferError(
    'InvalidRequest',
    "`source.url` has a query, which may be a signature. An execution's input stays in its history for 90 days, so start this transfer with the API or `partway copy`. If the URL was signed, revoke it.",
  );
}

/**
 * Takes the lock of the target key. An object that arrived waits for the lock: an older version is being copied, and
 * nobody would ask again.
 */
async function lockTarget(ports: Ports, { transferId, request, sequencer }: Transfer): Promise<void> {
  const owner = await takeTarget(ports, request.target, transferId);
  if (!owner) return;
  const name = sequencer === undefined ? 'TargetBusy' : 'Queued';
  throw new TransferError(name, ownerText(owner));
}

/**
 * Checks the target of a push with overwrite "never". The push was planned without a look at the target, and an object
 * may have come there since. Throws TargetExists.
 */
async function refuseTaken(target: TargetStore, transfer: Transfer): Promise<void> {
  if (transfer.request.overwrite !== 'never') return;
  const present = await target.inspect(transfer.request.target);
  if (present) refuseTakenTarget(transfer, present);
}

/**
 * Looks at the object at the target. Returns true if nothing must be copied: then the transfer ends here as copied.
 * Throws TargetExists.
 */
async function isThereAlready(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer,
  source: ObjectFacts,
): Promise<boolean> {
  const found = await lookAtTarget(ports, target, transfer, source);
  if (found.fate !== 'kept') return false;
  const { because: kept } = found;
  await ports.checkpoints.change(transfer.transferId, (now) =>
    isFinal(now.state) ? undefined : { ...now, state: 'copied', source, kept, updatedAtMs: ports.clock.nowMs() },
  );
  await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
  return true;
}

type Finding = { readonly transfer: Transfer; readonly source: ObjectFacts; readonly arn: string };

/** Makes the plan once, since the parts of a live upload cannot change their size. */
async function planned(ports: Ports, { profile }: TargetStore, { transfer, source, arn }: Finding): Promise<Transfer> {
  if (transfer.plan) return transfer;
  const { plan, method } = planCopy(source.bytes, transfer.request, profile);
  refuseTooNarrow(transfer.request, plan);
  const { copiesInStore } = decideServerCopy({ request: transfer.request, source, profile, method });
  return ports.checkpoints.change(transfer.transferId, (now) => {
    refuseToRevive(now, arn);
    const made = { source, plan, method, copiesInStore, updatedAtMs: ports.clock.nowMs() } as const;
    return now.plan ? undefined : { ...now, ...made, state: 'copying' };
  });
}
