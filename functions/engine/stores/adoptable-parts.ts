import { fitsCut, refuseOtherCut } from '../../transfer/adoption.ts';
import type { PartAtTarget } from '../../transfer/at-stores.ts';
import { isNamed, TransferError } from '../../transfer/errors.ts';
import type { Plan } from '../../transfer/plan.ts';
import type { TransferRequest } from '../../transfer/request.ts';
import { targetName } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { listedParts } from './listed-parts.ts';
import { sameEtag } from './reconcile.ts';

type ResumeFrom = NonNullable<TransferRequest['resumeFrom']>;

/** The parts of another program's upload: how many the store lists, and which of them count as copied. */
export type Adoptable = { readonly listed: number; readonly fitting: readonly PartAtTarget[] };

/**
 * Looks at the upload that a request wants to finish. A plan does the same. Throws InvalidRequest if the store does not
 * know the upload, if its parts were cut in another way, or if the store cannot list parts.
 */
export async function adoptableParts(
  ports: Pick<Ports, 'log'>,
  target: TargetStore,
  { request, plan, resumeFrom }: { request: TransferRequest; plan: Plan; resumeFrom: ResumeFrom },
): Promise<Adoptable> {
  const { uploadId, parts: told, firstMissingPart = Number.POSITIVE_INFINITY } = resumeFrom;
  const all = await listed(ports, target, request, uploadId);
  const etags = told && new Map(told.map(({ partNumber, etag }) => [partNumber, etag.replaceAll('"', '')]));
  const asked = all.filter(({ partNumber }) => partNumber < firstMissingPart && (!etags || etags.has(partNumber)));
  refuseOtherCut(plan, asked, target.profile.part, `upload ${uploadId} of ${targetName(request.target)}`);
  // A part that does not fit is sent again. If the ETag in the request differs from that in the store's list, somebody
  // has replaced the part.
  const fitting = asked.filter(
    (part) => fitsCut(plan, part) && sameEtag(etags?.get(part.partNumber) ?? part.etag, part.etag),
  );
  return { listed: all.length, fitting };
}

async function listed(
  ports: Pick<Ports, 'log'>,
  target: TargetStore,
  request: TransferRequest,
  uploadId: string,
): Promise<PartAtTarget[]> {
  const parts = await listedParts(ports, target, request.target, uploadId).catch((error) => {
    if (!isNamed(error, 'UploadLost')) throw error;
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
    `Endpoint "${request.target.endpoint}" (${target.profile.title}) cannot list parts, so Partway cannot verify an upload that another program began.`,
  );
}
