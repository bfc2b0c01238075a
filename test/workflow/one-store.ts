import { randomBytes } from 'node:crypto';
import { transferIdOf } from '../../functions/engine/claim/identity.ts';
import type { TargetStore } from '../../functions/engine/ports/ports.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { requestFor } from './request.ts';
import { type Outcome, tiny, type World, world } from './world.ts';

export const PART = 1024;

/** A world whose source and target are at the same endpoint. `calls` records what the endpoint was asked for. */
export function oneStore(profile = tiny) {
  const w = world(profile);
  const content = putSource(w, 3 * PART + 5);
  const calls = { copied: [] as number[], streamed: [] as number[], reads: 0 };
  const watching = (more: (store: TargetStore) => Partial<TargetStore> = () => ({})) => {
    w.faults.target = (store) => {
      const changed = { ...store, ...more(store) };
      return {
        ...changed,
        copyPart: (part, ...from) => {
          calls.copied.push(part.partNumber);
          return changed.copyPart(part, ...from);
        },
        writePart: (part, ...body) => {
          calls.streamed.push(part.partNumber);
          return changed.writePart(part, ...body);
        },
      };
    };
  };
  w.faults.source = (store) => ({
    ...store,
    read: (...range) => {
      calls.reads += 1;
      return store.read(...range);
    },
  });
  watching();
  const copy = async (more: Partial<TransferRequestInput> = {}) => w.run(withinB(more));
  return { w, content, calls, watching, copy };
}

const withinB = (more: Partial<TransferRequestInput>) =>
  requestFor({ source: { endpoint: 'b', bucket: 'data', key: 'x' }, partsAtOnce: 1, ...more });

export function putSource({ to }: World, bytes: number): Buffer {
  const content = randomBytes(bytes);
  to.put('data', 'x', content);
  return content;
}

export async function transferOf({ ports }: World, { arn }: Outcome): Promise<Transfer> {
  return (await ports.checkpoints.read(transferIdOf('execution', arn)))!;
}
