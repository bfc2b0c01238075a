import { TransferError } from '../transfer/errors.ts';
import { type Plan, partLength } from '../transfer/plan.ts';
import type { PartAtTarget, Ports, TargetStore } from '../transfer/ports.ts';
import type { TransferRequest } from '../transfer/request.ts';
import { markOf, type Transfer, targetName } from '../transfer/transfer.ts';
import { mayKeep, withUpload } from './keep-upload.ts';
import { listedParts } from './listed-parts.ts';
import { sameEtag } from './reconcile.ts';

type ResumeFrom = NonNullable<TransferRequest['resumeFrom']>;

/**
 * Takes over an upload that somebody else began: the parts that the store lists, of the right number and length and with
 * the ETag that was told, count as copied. Throws InvalidRequest for an upload that the store does not know.
 */
export async function adoptUpload(ports: Ports, target: TargetStore, transfer: Transfer, arn: string): Promise<void> {
  const { request, plan } = transfer;
  const { resumeFrom } = request;
  if (!resumeFrom || !plan) return;
  const { uploadId } = resumeFrom;
  const parts = adoptable(plan, await listed(ports, target, request, uploadId), resumeFrom);
  for (const { partNumber, bytes, etag } of parts) {
    await ports.checkpoints.recordPart(transfer.transferId, uploadId, { partNumber, bytes, etag, round: 0 });
  }
  const adopted = { isAdopted: true, adoptedOver: markOf(await target.inspect(request.target)) };
  await ports.checkpoints.change(transfer.transferId, (now) =>
    mayKeep(now, arn) ? { ...withUpload(now, uploadId, ports.clock.nowMs()), ...adopted } : undefined,
  );
  ports.log('an upload was adopted', {
    transferId: transfer.transferId,
    parts: parts.length,
    partCount: plan.partCount,
  });
}

async function listed(
  ports: Ports,
  target: TargetStore,
  request: TransferRequest,
  uploadId: string,
): Promise<PartAtTarget[]> {
  const parts = await listedParts(ports, target, request.target, uploadId).catch((error) => {
    if (!(error instanceof TransferError) || error.name !== 'UploadLost') throw error;
    throw new TransferError(
      'InvalidRequest',
      `\`resumeFrom.uploadId\`: ${targetName(request.target)} has no upload ${uploadId}.`,
      {
        cause: error,
      },
    );
  });
  if (parts) return parts;
  throw new TransferError(
    'InvalidRequest',
    `Endpoint "${request.target.endpoint}" (${target.profile.title}) cannot list parts, so an upload begun elsewhere cannot be verified.`,
  );
}

/** What does not fit is sent again; a part told with another ETag than the store lists was replaced meanwhile. */
function adoptable(
  plan: Plan,
  parts: readonly PartAtTarget[],
  { parts: told, firstMissingPart }: ResumeFrom,
): PartAtTarget[] {
  const etags = told && new Map(told.map(({ partNumber, etag }) => [partNumber, etag.replaceAll('"', '')]));
  return parts.filter(({ partNumber, bytes, etag }) => {
    const isInside = partNumber <= plan.partCount && partNumber < (firstMissingPart ?? Number.POSITIVE_INFINITY);
    const expected = etags ? etags.get(partNumber) : etag;
    return isInside && bytes === partLength(plan, partNumber) && expected !== undefined && sameEtag(expected, etag);
  });
}
