import { droppedAttributes } from '../../transfer/attributes/dropped.ts';
import { carry, isLeftToBucket, setByAnother } from '../../transfer/attributes/object-attributes.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { NotCarried } from '../../transfer/receipt.ts';
import type { ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import { carriageOf } from '../stores/object-write.ts';

/**
 * What the target did not get. We knew some of it before the first byte. The rest is what the target now shows
 * differently, or does not show.
 */
export function notCarriedBy(transfer: Transfer, profile: ProviderProfile, present: ObjectFacts): NotCarried[] {
  if (transfer.isAdopted) return setByAnother(transfer.request);
  const carriage = carriageOf(transfer, profile);
  const carried = carry(carriage);
  const isOpen = isLeftToBucket(carriage) && present.encryption === undefined;
  const why = `${profile.title} shows no encryption; ask for it with \`encryption\``;
  return [
    ...carried.notCarried,
    ...droppedAttributes(carried, present, profile.title),
    ...(isOpen ? [{ what: 'encryption AES256', why }] : []),
  ];
}
