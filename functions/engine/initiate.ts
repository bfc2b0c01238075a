import { TransferError } from '../transfer/errors.ts';
import type { InitiateInput, InitiateOutput } from '../transfer/messages.ts';
import { goesWhole, planParts, planWhole } from '../transfer/plan.ts';
import type { Ports, TargetStore } from '../transfer/ports.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import { parseRequest } from '../transfer/request.ts';
import { newTransfer, type ObjectFacts, type Transfer, targetName } from '../transfer/transfer.ts';
import { claim, readTransfer } from './claim.ts';
import { readOrder } from './execution-input.ts';
import { objectWrite } from './object-write.ts';
import { inspectSource } from './source-pin.ts';
import { alreadyThere, refuseTakenTarget } from './target-rules.ts';

// A target that loses uploads again and again loses the next one too; a person should look.
const UPLOADS_A_TRANSFER_MAX = 3;

/**
 * Everything that can be refused is refused here, before a byte moves; then the upload is begun. May run again at any
 * time, in the same execution or another: what is done already is kept.
 */
export const initiate =
  (ports: Ports) =>
  async ({ input, execution }: InitiateInput): Promise<InitiateOutput> => {
    const transferId = await accept(ports, input, execution.arn);
    const transfer = await claim(ports, transferId, execution);
    if (!transfer) return { transferId, next: 'nothing' };
    if (transfer.cancelRequested) throw new TransferError('Cancelled', 'The transfer was cancelled.');
    if (transfer.pauseRequested) throw new TransferError('Stopped', 'The transfer was paused.');
    ports.admit(transfer.request);
    await lockTarget(ports, transfer);
    const source = await inspectSource(ports, transfer);
    const target = await ports.target(transfer);
    refuseUnknownClass(transfer, target.profile);
    if (!transfer.plan && (await isThereAlready(ports, target, transfer, source)))
      return { transferId, next: 'nothing' };
    await beginUpload(ports, target, await planned(ports, target, transfer, source));
    return { transferId, next: 'plan' };
  };

/** Finds the transfer that the execution's input speaks of, and writes it down when it is new. */
async function accept(ports: Ports, input: unknown, executionArn: string): Promise<string> {
  const { transferId, body } = readOrder(input, executionArn);
  if (body === undefined) return (await readTransfer(ports.checkpoints, transferId)).transferId;
  if (await ports.checkpoints.read(transferId)) return transferId; // read before, in this execution or another
  await ports.checkpoints.create(newTransfer(transferId, parseRequest(body), ports.clock.nowMs()));
  return transferId;
}

async function lockTarget(ports: Ports, { transferId, request }: Transfer): Promise<void> {
  const owner = await ports.checkpoints.lockTarget(request.target, transferId);
  if (owner !== transferId) {
    throw new TransferError('TargetBusy', `Transfer ${owner} is writing ${targetName(request.target)}.`);
  }
}

async function isThereAlready(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer,
  source: ObjectFacts,
): Promise<boolean> {
  const present = await target.inspect(transfer.request.target);
  if (!present) return false;
  refuseTakenTarget(transfer, present);
  if (!alreadyThere(transfer, source, present)) return false;
  await ports.checkpoints.change(transfer.transferId, (now) => ({
    ...now,
    state: 'copied',
    source,
    updatedAtMs: ports.clock.nowMs(),
  }));
  await ports.checkpoints.releaseTarget(transfer.request.target, transfer.transferId);
  return true;
}

/** Asked for by name, so it is refused by name instead of being left out. */
function refuseUnknownClass({ request: { storageClass } }: Transfer, { title, storageClasses }: ProviderProfile): void {
  if (storageClass === undefined || (storageClasses !== 'none' && storageClasses.includes(storageClass))) return;
  const known = storageClasses === 'none' ? 'none can be asked for' : storageClasses.join(', ');
  throw new TransferError('InvalidRequest', `storageClass "${storageClass}" is not one of ${title}'s: ${known}.`);
}

/** The plan is made once: the parts of a live upload cannot change their size. */
async function planned(ports: Ports, target: TargetStore, transfer: Transfer, source: ObjectFacts): Promise<Transfer> {
  if (transfer.plan) return transfer;
  const wishes = {
    partBytes: transfer.request.partBytes,
    multipartThresholdBytes: transfer.request.multipartThresholdBytes,
  };
  const whole = goesWhole(source.bytes, target.profile.part, wishes);
  const plan = whole ? planWhole(source.bytes) : planParts(source.bytes, target.profile.part, wishes);
  return ports.checkpoints.change(transfer.transferId, (now) =>
    now.plan
      ? undefined
      : { ...now, source, plan, method: whole ? 'whole' : 'parts', state: 'copying', updatedAtMs: ports.clock.nowMs() },
  );
}

async function beginUpload(ports: Ports, target: TargetStore, transfer: Transfer): Promise<void> {
  if (transfer.method !== 'parts' || transfer.uploadId !== undefined) return;
  if (transfer.uploadsBegun >= UPLOADS_A_TRANSFER_MAX) {
    throw new TransferError(
      'Stalled',
      `${targetName(transfer.request.target)} lost the upload ${UPLOADS_A_TRANSFER_MAX} times.`,
    );
  }
  const uploadId = await target.beginUpload(objectWrite(transfer));
  const kept = await ports.checkpoints.change(transfer.transferId, (now) =>
    now.uploadId === undefined ? withUpload(now, uploadId) : undefined,
  );
  // Two of us began an upload at once; the one that was not written down must not be left behind.
  if (kept.uploadId !== uploadId) await target.abortUpload(transfer.request.target, uploadId);
}

/** A new upload has no parts yet, so counting begins anew; what was sent to the lost one stays counted as sent. */
function withUpload(transfer: Transfer, uploadId: string): Transfer {
  const tally = { ...transfer.tally, partsCopied: 0, bytesCopied: 0 };
  return { ...transfer, uploadId, uploadsBegun: transfer.uploadsBegun + 1, tally };
}
