import { carry, setByAnother } from '../transfer/carry.ts';
import { notKept } from '../transfer/kept.ts';
import type { ProviderProfile } from '../transfer/provider.ts';
import type { NotCarried } from '../transfer/receipt.ts';
import type { ObjectFacts, Transfer } from '../transfer/transfer.ts';
import { carriageOf } from './object-write.ts';

/** What stayed behind: of it a part was known before the first byte, the rest is what the target now shows otherwise. */
export function notCarriedBy(transfer: Transfer, profile: ProviderProfile, present: ObjectFacts): NotCarried[] {
  if (transfer.isAdopted) return setByAnother(transfer.request);
  const carried = carry(carriageOf(transfer, profile));
  return [...carried.notCarried, ...notKept(carried, present, profile.title)];
}
