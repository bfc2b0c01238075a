import { Readable } from 'node:stream';
import type { Clock } from '../../functions/engine/ports/ports.ts';
import type { World } from './world.ts';

/** What a network takes in a second: all connections together, and each of them. A test may change it at any time. */
export type Network = { all: number; connection: number };

/** What went over it: the parts in the order in which they began, how many are on their way, and each piece. */
export type Seen = {
  readonly begun: number[];
  readonly inFlight: Set<number>;
  readonly pieces: { readonly atMs: number; readonly bytes: number }[];
};

/**
 * Puts a network between the world and its target: a bucket of tokens that all connections share, in the order in which they
 * ask. A piece has arrived when its tokens are there. Time is that of the clock, so an hour takes a moment.
 */
export function throughNetwork(w: World, clock: Clock, network: Network): Seen {
  const seen: Seen = { begun: [], inFlight: new Set(), pieces: [] };
  let freeAtMs = 0;
  const pass = async (bytes: number, signal: AbortSignal) => {
    const nowMs = clock.nowMs();
    freeAtMs = Math.max(nowMs, freeAtMs) + (bytes / network.all) * 1000;
    await clock.sleep(Math.max(freeAtMs - nowMs, (bytes / network.connection) * 1000), signal);
    seen.pieces.push({ atMs: clock.nowMs(), bytes });
  };
  w.faults.target = (store) => ({
    ...store,
    writePart: async (part, body, signal) => {
      const { partNumber } = part;
      seen.begun.push(partNumber);
      seen.inFlight.add(partNumber);
      const arriving = async function* () {
        for await (const piece of body) {
          await pass(piece.length, signal);
          yield piece;
        }
      };
      const from = Readable.from(arriving(), { objectMode: false, highWaterMark: 1 });
      return store.writePart(part, from, signal).finally(() => seen.inFlight.delete(partNumber));
    },
  });
  return seen;
}
