import { isPush } from '../../transfer/push.ts';
import { markOf, type Transfer } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { adoptableParts } from '../stores/adoptable-parts.ts';
import { mayRecordUpload, withUpload } from './record-upload.ts';

/**
 * Takes over an upload that another program began. A part counts as copied if the store lists it with the right number
 * and length, and with the ETag that the request names. Throws InvalidRequest as `adoptableParts` does.
 */
export async function adoptUpload(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer,
  arn: string | undefined,
): Promise<void> {
  const { request, plan } = transfer;
  const { resumeFrom } = request;
  if (!resumeFrom || !plan) return;
  const { uploadId } = resumeFrom;
  const { fitting } = await adoptableParts(ports, target, { request, plan, resumeFrom });
  for (const { partNumber, bytes, etag } of fitting) {
    await ports.checkpoints.recordPart(transfer.transferId, uploadId, { partNumber, bytes, etag, round: 0 });
  }
  // While a client pushes, nobody reads objects. Initiate looks at the target when the client has finished.
  const adoptedOver = isPush(transfer) ? undefined : await markAt(target, transfer);
  const adopted = { isAdopted: true, adoptedOver };
  await ports.checkpoints.change(transfer.transferId, (now) =>
    mayRecordUpload(now, arn) ? { ...withUpload(now, { uploadId }, ports.clock.nowMs()), ...adopted } : undefined,
  );
  ports.log('an upload was adopted', {
    transferId: transfer.transferId,
    parts: fitting.length,
    partCount: plan.partCount,
  });
}

/** Writes down which object was at the target before a push that adopts an upload. The first time counts. */
export async function markAdopted(ports: Ports, target: TargetStore, transfer: Transfer): Promise<void> {
  if (!transfer.isAdopted || transfer.adoptedOver !== undefined) return;
  const adoptedOver = await markAt(target, transfer);
  await ports.checkpoints.change(transfer.transferId, (now) =>
    now.adoptedOver === undefined ? { ...now, adoptedOver } : undefined,
  );
}

const NOTHING = 'nothing';

async function markAt(target: TargetStore, { request }: Transfer): Promise<string> {
  return markOf(await target.inspect(request.target)) ?? NOTHING;
}
