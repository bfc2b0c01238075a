import type { PartBody } from './bytes.ts';
import { inMemory, type StreamCutter } from './stream-bytes.ts';

/** Where the parts of a stream wait until they are sent. */
export type PartKeeper = {
  /** Waits for room, and keeps the next bytes of the stream: fewer than were asked for only at its end. */
  keep(stream: StreamCutter, bytes: number): Promise<KeptPart>;
  /** Frees all of them. */
  close(): Promise<void>;
};

export type KeptPart = {
  readonly body: PartBody;
  /** Its room may be used for another part. */
  free(): void;
};

/**
 * Keeps parts in one piece of memory, since a runtime gives memory back late. They may have any size that fits into it.
 * What was never used of it, the system does not count.
 */
export function partMemory(bytesMax: number): PartKeeper {
  const memory = new Uint8Array(bytesMax);
  const used: Place[] = [];
  let wake = () => {};
  async function take(bytes: number): Promise<Place> {
    for (;;) {
      const first = roomFor(bytes, used, bytesMax);
      if (first !== undefined) {
        const place = { first, end: first + bytes };
        used.push(place);
        used.sort((one, other) => one.first - other.first);
        return place;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return {
    keep: async (stream, bytes) => {
      const place = await take(bytes);
      return {
        body: inMemory(await stream.fill(memory.subarray(place.first, place.end))),
        free: () => {
          used.splice(used.indexOf(place), 1);
          wake();
        },
      };
    },
    close: async () => {},
  };
}

type Place = { readonly first: number; readonly end: number };

/** The first gap that is large enough. */
function roomFor(bytes: number, used: readonly Place[], bytesMax: number): number | undefined {
  let first = 0;
  for (const place of [...used, { first: bytesMax, end: bytesMax }]) {
    if (place.first - first >= bytes) return first;
    first = place.end;
  }
  return undefined;
}
