import { remedyOf, TransferError } from '../../transfer/errors.ts';
import { type SignedParts, type WantedPart, wantedParts } from '../../transfer/push.ts';
import { parse } from '../../transfer/request.ts';
import { type CopiedPart, type Transfer, uploadOf } from '../../transfer/transfer.ts';
import { isMd5 } from '../../transfer/values/checksums.ts';
import { readTransfer } from '../claim/claim.ts';
import { beginUpload } from '../initiate/begin-upload.ts';
import type { WriteSigner } from '../ports/clients.ts';
import type { Ports } from '../ports/ports.ts';
import { objectWrite } from '../stores/object-write.ts';
import { endUnbegun } from './hold-target.ts';
import { forgetIfLost } from './lost-upload.ts';
import { refuseOtherPart, refuseToPush } from './refuse-to-push.ts';

/**
 * Gives a URL for each part that the checkpoint does not have, or has with another CRC32. The first call begins the upload.
 * If the client calls an upload lost, and the store has no such upload, another one is begun.
 * A client may ask again whenever its URLs have run out. Throws as `refuseToPush` and `refuseOtherPart`, and as the store.
 */
export const signParts =
  (ports: Ports) =>
  async (transferId: string, body: unknown): Promise<SignedParts> => {
    const { parts: wanted, lostUploadId } = parse(wantedParts, body, 'The list of parts');
    const known = await readTransfer(ports.checkpoints, transferId);
    const plan = refuseToPush(known);
    for (const part of wanted) refuseOtherPart(known, plan, part);
    const kept = lostUploadId === undefined ? known : await forgetIfLost(ports, known, lostUploadId);
    const transfer = await withUpload(ports, kept);
    const numbers = wanted.map(({ partNumber }) => partNumber);
    const rows = await ports.checkpoints.parts(
      transferId,
      uploadOf(transfer),
      Math.min(...numbers),
      Math.max(...numbers),
    );
    const recorded = new Map(rows.map((row) => [row.partNumber, row]));
    const present = wanted.filter((part) => isThere(part, recorded.get(part.partNumber), transfer));
    await recordSums(ports, transfer, present, recorded);
    const missing = wanted.filter((part) => !present.includes(part));
    const signer = await ports.signer(transfer);
    return {
      uploadId: uploadOf(transfer),
      urls: await Promise.all(missing.map((part) => sign(ports, signer, transfer, part))),
      present: present.map(({ partNumber }) => partNumber),
    };
  };

async function withUpload(ports: Ports, transfer: Transfer): Promise<Transfer> {
  if (transfer.method === 'whole' || transfer.uploadId !== undefined) return transfer;
  try {
    await beginUpload(ports, await ports.target(transfer), transfer, transfer.execution?.arn);
  } catch (error) {
    const isRefusal = error instanceof TransferError && remedyOf(error.name) === 'refuse';
    if (transfer.request.resumeFrom && isRefusal) await endUnbegun(ports, transfer.transferId, error);
    throw error;
  }
  const now = await readTransfer(ports.checkpoints, transfer.transferId);
  refuseToPush(now);
  return now;
}

/** An ETag that is an MD5 tells other bytes too. Of a part that another program sent, only its ETag tells the bytes. */
function isThere({ bytes, crc32, md5 }: WantedPart, row: CopiedPart | undefined, { push }: Transfer): boolean {
  const tells = md5 !== undefined && push?.etagIsMd5 && row !== undefined && isMd5(row.etag);
  const isSame = tells ? row.etag.toLowerCase() === md5 : undefined;
  if (row?.bytes !== bytes || isSame === false) return false;
  return crc32 === undefined || row.crc32 === crc32 || (row.crc32 === undefined && isSame === true);
}

/** The client has compared these parts of another program. From now on their CRC32s are known. */
async function recordSums(
  { checkpoints }: Ports,
  transfer: Transfer,
  present: readonly WantedPart[],
  recorded: ReadonlyMap<number, CopiedPart>,
): Promise<void> {
  const { transferId, round } = transfer;
  for (const { partNumber, crc32 } of present) {
    const row = recorded.get(partNumber);
    if (!row || row.crc32 !== undefined || crc32 === undefined) continue;
    await checkpoints.recordPart(transferId, uploadOf(transfer), { ...row, crc32, round });
  }
}

async function sign(ports: Ports, signer: WriteSigner, transfer: Transfer, part: WantedPart) {
  const { partNumber, bytes, crc32, md5 } = part;
  const { request, push, uploadId } = transfer;
  if (push?.signsCrc32 && crc32 === undefined)
    throw new TransferError('InvalidRequest', `Part ${partNumber} needs its \`crc32\`: this target checks it.`, {
      partNumber,
    });
  const signed = { crc32: push?.signsCrc32 ? crc32 : undefined, md5: push?.signsMd5 ? md5 : undefined };
  if (uploadId !== undefined)
    return { partNumber, ...(await signer.part({ target: request.target, uploadId, partNumber, bytes }, signed)) };
  const profile = await ports.profile(request.target.endpoint);
  return { partNumber, ...(await signer.object(objectWrite(transfer, profile), bytes, signed)) };
}
