import { TransferError } from '../../transfer/errors.ts';
import { missingParts, type Plan } from '../../transfer/plan.ts';
import { isPush } from '../../transfer/push.ts';
import { type CopiedPart, type Transfer, targetName, uploadOf } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { lookForOurs } from '../stores/look-for-ours.ts';
import { isOurs } from '../stores/target-rules.ts';

// Enough for a person. A client asks the API which parts are there.
const SHOWN = 20;

/** Only the client can send what the target does not have. Throws PartsMissing, which names the parts. */
export function refuseMissingParts(transfer: Transfer, plan: Plan, copied: readonly CopiedPart[]): void {
  if (!isPush(transfer)) return;
  const missing = missingParts(plan, new Set(copied.map(({ partNumber }) => partNumber)));
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN).join(', ') + (missing.length > SHOWN ? ', …' : '');
  throw new TransferError(
    'PartsMissing',
    `${missing.length} of ${plan.partCount} parts are not at ${targetName(transfer.request.target)}: ${shown}.`,
  );
}

/**
 * For a push that went as one request. No list of parts shows such an object, so we look for the object itself. If it
 * is not there, we forget its part.
 */
export async function pushedWhole(
  ports: Ports,
  target: TargetStore,
  transfer: Transfer,
  parts: CopiedPart[],
): Promise<CopiedPart[]> {
  if (!isPush(transfer) || transfer.method !== 'whole' || parts.length === 0) return parts;
  if (isOurs(transfer, await lookForOurs(ports, target, transfer))) return parts;
  await ports.checkpoints.forgetParts(transfer.transferId, uploadOf(transfer), [1]);
  return [];
}
