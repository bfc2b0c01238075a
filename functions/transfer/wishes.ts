import type { Carriage } from './carry.ts';
import { faultOfAll, faultOfEntry } from './carry-metadata.ts';
import { TransferError } from './errors.ts';

/** Asked for by name, so it is refused by name instead of being left out. Throws InvalidRequest. */
export function refuseUntaken({ request, profile, ours }: Carriage): void {
  const { storageClass, tags, acl, encryption } = request;
  const { title, storageClasses, takesTags, takesAcl, takesEncryption } = profile;
  if (storageClass !== undefined && (storageClasses === 'none' || !storageClasses.includes(storageClass))) {
    const known = storageClasses === 'none' ? 'none can be asked for' : storageClasses.join(', ');
    throw refused(`\`storageClass\` is "${storageClass}", not one of ${title}'s: ${known}.`);
  }
  if (tags && !takesTags) throw refused(`\`tags\`: ${title} takes none.`);
  if (acl !== undefined && !takesAcl) throw refused(`\`acl\`: ${title} takes none with an object.`);
  if (encryption && !takesEncryption.includes(encryption.type)) {
    const known = takesEncryption.join(', ') || 'none can be asked for';
    throw refused(`\`encryption.type\` is "${encryption.type}", not one of ${title}'s: ${known}.`);
  }
  for (const [name, value] of Object.entries(request.metadata ?? {})) {
    const fault = faultOfEntry(name, value, profile);
    if (fault !== undefined) throw refused(`\`metadata.${name}\`: ${fault}.`);
  }
  const fault = request.metadata && faultOfAll({ ...request.metadata, ...ours }, profile);
  if (fault !== undefined) throw refused(`\`metadata\`: ${fault}.`);
}

function refused(message: string): TransferError {
  return new TransferError('InvalidRequest', message);
}
