import type { ByteRange } from '../../functions/transfer/plan.ts';
import type { World } from './world.ts';

const PART = 1024;

/** Records the parts of the target in the order in which they are read. `before` may make a reading fail. */
export function watchTarget(w: World, before: (partNumber: number) => unknown = () => {}): number[] {
  const read: number[] = [];
  const { source } = w.ports;
  w.ports.source = async (transfer) => {
    const store = await source(transfer);
    if (!('endpoint' in transfer.request.source) || transfer.request.source.endpoint !== 'b') return store;
    return {
      ...store,
      read: async (range: ByteRange, ...rest) => {
        const partNumber = Math.floor(range.first / PART) + 1;
        await before(partNumber);
        read.push(partNumber);
        return store.read(range, ...rest);
      },
    };
  };
  return read;
}

/** Flips one bit of the target object and leaves everything else as it was, as rotten storage would. */
export async function damage(w: World, offset: number): Promise<void> {
  const target = { endpoint: 'b', bucket: 'data', key: 'y' };
  const bytes = Buffer.from(w.to.get('data', 'y')!);
  bytes[offset]! ^= 1;
  w.to.put('data', 'y', bytes, await w.to.inspect(target));
}
