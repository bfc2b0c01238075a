import { crc32 } from 'node:zlib';
import { isPush } from '../../functions/transfer/push.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { type KnownTransfer, overSinceMs, ownerOf } from './model-memory.ts';
import { bytesOf } from './model-objects.ts';
import type { World } from './world.ts';

/** Checks what must be true at the end, after the faults have ended and a person did what the documentation says. */
export function conclude(world: World): { orphans: number } {
  const { table, model, target, source } = world;
  for (const { transfer } of table.headers.values()) {
    const known = model.transfers.get(transfer.transferId);
    if (known) judge(world, transfer, known);
  }
  judgeLocks(world);
  for (const [key, object] of target.objects) {
    const owner = ownerOf(object.metadata);
    if (owner !== 'nobody' && !table.headers.has(owner)) model.violated(9, `The object at ${key} is nobody's.`);
  }
  if (source.uploads.size > 0 || [...source.objects.values()].some(({ metadata }) => ownerOf(metadata) !== 'nobody'))
    model.violated(7, 'Something was written at the source.');
  return { orphans: judgeUploads(world) };
}

/** A transfer that has ended must have freed its key, unless the process that had to do it died. */
export function judgeLocks({ table, model }: World): void {
  for (const [name, owner] of table.locks) {
    const { state, execution } = table.headers.get(owner)?.transfer ?? {};
    const isOver = state === undefined || state === 'copied' || state === 'aborted';
    const isUnsettled = execution !== undefined && model.unsettled.has(execution.arn);
    if (isOver && !isUnsettled && !model.isStrayLock(name, owner))
      model.violated(11, `${name} is still locked for ${owner}, which is ${state ?? 'no transfer at all'}.`);
  }
}

/** An upload may be open now only if the call that began it could not record its id. The sweep finds such uploads. */
function judgeUploads({ target, model }: World): number {
  let orphans = 0;
  for (const uploadId of target.uploads.keys()) {
    const upload = model.uploads.get(uploadId);
    const diedUnheard = upload && !upload.writtenDown && !(upload.heard && upload.beganBy.hasAnswered());
    // If the store cannot list parts, nobody can know whether a part that arrived during the abort kept it open.
    const cannotBeAsked = upload?.aborted && !target.manners.listsParts;
    if (diedUnheard || cannotBeAsked) orphans += 1;
    else model.violated(2, `Upload ${uploadId} of ${upload?.transferId} is still open at the target.`);
  }
  return orphans;
}

function judge(world: World, transfer: Transfer, known: KnownTransfer): void {
  const { model } = world;
  const { transferId, state, failure } = transfer;
  if (state === 'copied') judgeReceipt(world, transfer);
  else if (state === 'aborted') judgeEnd(world, transfer, known);
  else model.violated(5, `Transfer ${transferId} ends ${state}: ${failure?.name}: ${failure?.message}`);
}

function judgeEnd(world: World, transfer: Transfer, known: KnownTransfer): void {
  const { model } = world;
  const { transferId, failure } = transfer;
  const reason = reasonOf(world, transfer, known);
  if (!reason)
    model.violated(5, `Transfer ${transferId} was aborted without a reason: ${failure?.name}: ${failure?.message}`);
  // Complete may have come before the cancel, and then the failure says so. An object in one request cannot be stopped.
  const isGone = failure?.name === 'TargetChanged';
  const isSaid = isGone || (failure?.message.includes('was complete before, and stays') ?? false);
  for (const { by, whole, atMs } of known.writes) {
    if (!isSaid && !(whole && by.startedMs <= overSinceMs(known)))
      model.violated(
        8,
        `Transfer ${transferId} is aborted, and ${by.name} wrote its object (${atMs - by.startedMs} ms after it began).`,
      );
  }
}

function reasonOf(world: World, { transferId, request, failure }: Transfer, known: KnownTransfer): boolean {
  const { model } = world;
  if (failure?.name === 'Cancelled') return known.cancelledAtMs !== undefined || request.onFailure === 'abort';
  // Clients that have read different bytes of the same file cannot complete their push.
  const isMixed = 'client' in request.source && model.changedSources.has(request.source.client.name);
  if (failure?.name === 'Damaged') return model.tamperedTransfers.has(transferId) || isMixed;
  if (failure?.name === 'TargetChanged')
    return ownerOf(world.target.objects.get(request.target.key)?.metadata ?? {}) !== transferId;
  // Its header was written so late that another transfer already had the key.
  if (failure?.name === 'TargetBusy') return 'client' in request.source && known.writes.length === 0;
  if (failure?.name === 'TargetExists') return request.overwrite === 'never';
  if (failure?.name !== 'SourceChanged' || !('endpoint' in request.source)) return false;
  return model.changedSources.has(request.source.key);
}

function judgeReceipt({ model, source, target }: World, transfer: Transfer): void {
  if (isPush(transfer)) return; // The model judged a push when its header said copied.
  const bytes = bytesOf(model, transfer, transfer.source?.etag ?? '');
  const expected = bytes && crc32(bytes).toString(16).padStart(8, '0');
  const { receipt, transferId } = transfer;
  // Nobody computed a checksum of bytes that the store copied by itself.
  const isSummed = (receipt?.copiedInStore?.parts ?? 0) === 0;
  if (receipt && isSummed && receipt.crc32 !== expected)
    model.violated(1, `The receipt of ${transferId} says CRC32 ${receipt.crc32}; the source's is ${expected}.`);
  if (!receipt) return;
  for (const [name, { publishesCrcs }] of Object.entries({ source: source.manners, target: target.manners })) {
    // Without our own checksum, only the stores' checksums of both objects can be compared.
    const isComparable = publishesCrcs && (isSummed || (source.manners.publishesCrcs && target.manners.publishesCrcs));
    // If the target checked a CRC32 of each part, it publishes that of the whole. Then nobody computed another one of it.
    const isCompared = receipt.proofs.includes(`${name}'s CRC-64/NVME`);
    const isChecked = name === 'target' && receipt.proofs.includes("target's CRC32");
    if (isCompared !== isComparable && !isChecked)
      model.violated(
        1,
        `The receipt of ${transferId} proves ${receipt.proofs.join(', ')}; the ${name} publishes ${publishesCrcs}.`,
      );
  }
}
