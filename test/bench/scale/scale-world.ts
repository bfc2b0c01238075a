import type { Checkpoints, Clock } from '../../../functions/engine/ports/ports.ts';
import { profiles } from '../../../functions/providers/profiles.ts';
import { type Plan, partLength } from '../../../functions/transfer/plan.ts';
import type { TransferRequestInput } from '../../../functions/transfer/request.ts';
import type { CopiedPart } from '../../../functions/transfer/transfer.ts';
import { type World, world } from '../../workflow/world.ts';
import { type LargeStore, largeStore } from './large-store.ts';

const PARTS_AT_ONCE = 4;

export const scaleRequest: TransferRequestInput = {
  source: { endpoint: 'b', bucket: 'data', key: 'x' },
  target: { endpoint: 'b', bucket: 'data', key: 'y' },
  partsAtOnce: PARTS_AT_ONCE,
};

type Kept = { readonly checkpoints: Checkpoints; readonly clock: Clock };

/** The synthesized machine between large stores with an object of so many bytes. */
export function scaleWorld(objectBytes: number, { checkpoints, clock }: Kept): { w: World; store: LargeStore } {
  const w = world(profiles.aws, 'data', { checkpoints, clock });
  const store = largeStore({ profile: profiles.aws, clock, bytes: objectBytes, partsAtOnce: PARTS_AT_ONCE });
  w.faults.source = () => store.source;
  w.faults.target = () => store.target;
  return { w, store };
}

/** A part as it is recorded after it was copied. */
export function recordedPart(plan: Plan, partNumber: number): CopiedPart {
  const bytes = partLength(plan, partNumber);
  return { partNumber, bytes, etag: 'e'.repeat(32), crc32: partNumber, round: 1 };
}
