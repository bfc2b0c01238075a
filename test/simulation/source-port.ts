import { Readable } from 'node:stream';
import type { SourceStore } from '../../functions/engine/ports/ports.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { ByteRange } from '../../functions/transfer/plan.ts';
import type { ObjectFacts } from '../../functions/transfer/transfer.ts';
import type { Process } from './process.ts';
import type { StoredObject } from './store.ts';
import type { World } from './world.ts';

/** One object as a source. With `verify`, a read accepts only the pinned generation, as with If-Match. */
export function sourcePort(world: World, process: Process, key: string, verify: boolean): SourceStore {
  return readingPort(world, process, { place: 'source', key, verify, find: () => world.source.objects.get(key) });
}

/** The completed object at the target, as reading back sees it. */
export function targetAsSourcePort(world: World, process: Process, key: string): SourceStore {
  return readingPort(world, process, { place: 'target', key, verify: true, find: () => world.seen(key) });
}

type Place = {
  readonly place: 'source' | 'target';
  readonly key: string;
  readonly verify: boolean;
  find(): StoredObject | undefined;
};

function readingPort(world: World, process: Process, { place, key, verify, find }: Place): SourceStore {
  return {
    inspect: () => world.network(process, { place, what: `HEAD ${key}`, apply: () => factsOf(find()) }),
    read: async (range, pin, signal) => {
      const what = `GET ${key} ${range.first}-${range.last}`;
      const bytes = await world.network(process, {
        place,
        what,
        signal,
        apply: () => rangeOf(find(), range, pin, verify),
      });
      const onRead = () => {
        if (place === 'target') world.model.readFromTarget(key, pin.etag, range);
      };
      return streamOf(world, process, bytes, { place, what, onRead });
    },
  };
}

export function factsOf(object: StoredObject | undefined): ObjectFacts | undefined {
  if (!object) return undefined;
  const { bytes, etag, crc32, crc64nvme, headers, metadata } = object;
  const published = crc32 === undefined ? {} : { crc32, crcs: { crc64nvme } };
  return { bytes: bytes.length, etag, ...published, headers, metadata };
}

function rangeOf(object: StoredObject | undefined, range: ByteRange, pin: ObjectFacts, verify: boolean): Buffer {
  if (!object) throw new TransferError('SourceChanged', 'NoSuchKey.');
  if ((verify && object.etag !== pin.etag) || object.bytes.length !== pin.bytes)
    throw new TransferError('SourceChanged', `412: the ETag is ${object.etag}.`);
  return object.bytes.subarray(range.first, range.last + 1);
}

/** Sends the bytes in up to three pieces, each after a moment. A fault ends, resets or stops them early. */
function streamOf(
  world: World,
  process: Process,
  bytes: Buffer,
  { place, what, onRead }: Pick<Place, 'place'> & { readonly what: string; onRead(): void },
): Readable {
  const { scheduler, weather, chance } = world;
  // An empty range cannot be cut off.
  const faults = bytes.length === 0 ? [] : (['short', 'reset', 'stuck'] as const);
  const fault = faults.find((each) => weather.byteFault(place, each));
  const pieceBytes = Math.max(1, Math.ceil(bytes.length / chance.whole(1, 3)));
  const endsAt = fault ? chance.whole(0, Math.max(0, bytes.length - 1)) : bytes.length;
  let sent = 0;
  const stream: Readable = new Readable({
    read: () => {
      scheduler.after(weather.latencyMs(undefined), () => {
        if (!process.isAlive() || stream.destroyed) return;
        const piece = bytes.subarray(sent, Math.min(sent + pieceBytes, endsAt));
        sent += piece.length;
        if (piece.length > 0) stream.push(piece);
        else end();
      });
    },
  });
  const end = () => {
    if (fault) world.trace.note(process.name, `${place}: ${what} ends ${fault} after ${sent} of ${bytes.length} bytes`);
    if (fault === 'reset') stream.destroy(new TransferError('Unreachable', `${what}: ECONNRESET.`));
    else if (fault !== 'stuck') stream.push(null);
    if (!fault) onRead();
  };
  return stream;
}
