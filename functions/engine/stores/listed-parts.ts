import type { PartAtTarget } from '../../transfer/at-stores.ts';
import type { ObjectAddress } from '../../transfer/transfer.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';

/**
 * The parts that the target has of an upload, or `undefined` if it cannot tell. Then only the checkpoint says which
 * parts are there. We do not ask a store whose kind cannot list. A store whose kind can list, but which answers that it
 * cannot, is asked again each time, since another store may stand behind the same URL tomorrow. Throws UploadLost.
 */
export async function listedParts(
  { log }: Pick<Ports, 'log'>,
  target: TargetStore,
  address: ObjectAddress,
  uploadId: string,
): Promise<PartAtTarget[] | undefined> {
  if (!target.profile.listsParts) return undefined;
  const listed = await target.listParts(address, uploadId);
  if (!listed)
    log('the target answers that it cannot list parts; only the checkpoint says which parts are there', { ...address });
  return listed;
}
