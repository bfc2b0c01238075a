import type { PartAtTarget } from '../../transfer/at-stores.ts';
import type { ObjectAddress } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';

/**
 * The parts that the target has of an upload, or `undefined` where it cannot tell: then the checkpoint alone says which
 * are there. Kinds of stores that cannot are not asked; one that cannot while its kind can is asked anew each time, since
 * nothing but its answer says so, and another may stand behind the same URL tomorrow. Throws UploadLost.
 */
export async function listedParts(
  { log }: Pick<Ports, 'log'>,
  target: TargetStore,
  address: ObjectAddress,
  uploadId: string,
): Promise<PartAtTarget[] | undefined> {
  if (!target.profile.listsParts) return undefined;
  const listed = await target.listParts(address, uploadId);
  if (!listed) log('the target answers that it cannot list parts; the checkpoint alone is believed', { ...address });
  return listed;
}
