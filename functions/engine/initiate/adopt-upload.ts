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
  const adopted = { isAdopted: true, adoptedOver: markOf(await target.inspect(request.target)) };
  await ports.checkpoints.change(transfer.transferId, (now) =>
    mayRecordUpload(now, arn) ? { ...withUpload(now, { uploadId }, ports.clock.nowMs()), ...adopted } : undefined,
  );
  ports.log('an upload was adopted', {
    transferId: transfer.transferId,
    parts: fitting.length,
    partCount: plan.partCount,
  });
}
