import { TransferError } from '../errors.ts';
import type { ProviderProfile } from '../provider.ts';
import type { TransferRequest } from '../request.ts';
import type { Carriage } from './object-attributes.ts';
import { faultOfAll, faultOfEntry } from './object-metadata.ts';

/** Refuses by name what the target cannot do, so that nothing is left out silently. Throws InvalidRequest. */
export function refuseUnsupported({ request, profile, ours }: Carriage): void {
  const { tags, acl, encryption } = request;
  const { title, takesTags, cannedAcls, takesEncryption } = profile;
  refuseClass(request, profile);
  refuseKey(request.target.key, profile);
  refuseGuard(request, profile);
  if (tags && !takesTags) throw refused(`\`tags\`: ${title} takes none.`);
  if (acl !== undefined && cannedAcls.length === 0) throw refused(`\`acl\`: ${title} takes none with an object.`);
  if (acl !== undefined && !cannedAcls.includes(acl))
    throw refused(`\`acl\` is "${acl}", not one of ${title}'s: ${cannedAcls.join(', ')}.`);
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

/** XML 1.0 has no way to write such a character: https://www.w3.org/TR/xml/#charsets */
function isBeyondXml(character: string): boolean {
  return (character < ' ' && !'\t\n\r'.includes(character)) || character === '\ufffe' || character === '\uffff';
}

function refuseKey(key: string, { title, takesKeysBeyondXml }: ProviderProfile): void {
  const found = [...key].find(isBeyondXml);
  if (found === undefined || takesKeysBeyondXml !== false) return;
  const code = `U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  throw refused(
    `\`target.key\` contains ${code}, which XML cannot write. ${title} begins an upload of such a key, answers with an error, and can list no uploads of the bucket from then on.`,
  );
}

/** With `overwrite: "never"` Partway sends this header itself, and two values for one header mean nothing. */
function refuseGuard({ overwrite, headers = {} }: TransferRequest, { title, overwriteGuard }: ProviderProfile): void {
  if (overwrite !== 'never' || typeof overwriteGuard === 'string') return;
  const { header } = overwriteGuard;
  if (headers[header] === undefined) return;
  throw refused(
    `\`headers.${header}\` and \`overwrite: "never"\` do not go together: for ${title}, Partway sends this header itself. Leave one of them out.`,
  );
}

function refuseClass({ storageClass, verify }: TransferRequest, profile: ProviderProfile): void {
  const { title, storageClasses, archiveClasses } = profile;
  if (storageClass === undefined) return;
  if (storageClasses === 'none' || !storageClasses.includes(storageClass)) {
    const known = storageClasses === 'none' ? 'none can be asked for' : storageClasses.join(', ');
    throw refused(`\`storageClass\` is "${storageClass}", not one of ${title}'s: ${known}.`);
  }
  if (verify !== 'read-back' || !archiveClasses.includes(storageClass)) return;
  const readable = storageClasses.filter((each) => !archiveClasses.includes(each)).join(', ');
  throw refused(
    `\`storageClass: "${storageClass}"\` and \`verify: "read-back"\` do not go together: ${title} reads no object of this class before it is restored. Leave one of them out, or choose of ${readable}.`,
  );
}

function refused(message: string): TransferError {
  return new TransferError('InvalidRequest', message);
}
