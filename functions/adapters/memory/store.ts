import { Readable } from 'node:stream';
import type { SourceStore, TargetStore } from '../../engine/ports/ports.ts';
import type { ObjectWrite } from '../../transfer/at-stores.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { ObjectAddress, ObjectFacts } from '../../transfer/transfer.ts';
import { answerTo, type Contents, etagOf, exactly, keepObject, md5, nameIn, objectAt } from './contents.ts';
import { copiesOf } from './copies.ts';
import { uploadsOf } from './uploads.ts';

/** What a test may do with the store itself. */
type Hands = {
  put(bucket: string, key: string, bytes: Buffer, facts?: Partial<ObjectFacts>): void;
  get(bucket: string, key: string): Buffer | undefined;
  /** What was written beside the bytes. */
  written(bucket: string, key: string): ObjectWrite | undefined;
  openUploads(): string[];
  source(address: Pick<ObjectAddress, 'bucket' | 'key'>): SourceStore;
};

export type MemoryStore = TargetStore & Hands;

/**
 * A store in memory, for tests. It must pass the same suite as every real server. It has the buckets that it is given.
 */
export function memoryStore(
  profile: ProviderProfile,
  buckets: readonly string[],
  nowMs = () => Date.now(),
): MemoryStore {
  const contents: Contents = { profile, buckets, objects: new Map(), uploads: new Map(), nowMs };
  return {
    profile,
    inspect: async (target) => objectAt(contents, target)?.facts,
    putObject: async (write, body, bytes, signal) => {
      const content = await exactly(bytes, body, signal);
      keepObject(contents, write, content, etagOf(write, content));
      return answerTo(write, content);
    },
    ...uploadsOf(contents),
    ...copiesOf(contents),
    ...handsOn(contents),
  };
}

function handsOn(contents: Contents): Hands {
  const { objects, uploads } = contents;
  return {
    put: (bucket, key, bytes, facts) => {
      const metadata = facts?.metadata ?? {};
      objects.set(nameIn(contents, { bucket, key }), {
        bytes,
        facts: { bytes: bytes.length, etag: md5(bytes), headers: {}, ...facts, metadata },
      });
    },
    get: (bucket, key) => objectAt(contents, { bucket, key })?.bytes,
    written: (bucket, key) => objectAt(contents, { bucket, key })?.write,
    openUploads: () => [...uploads.keys()],
    source: (address) => sourceIn(contents, address),
  };
}

function sourceIn(contents: Contents, address: Pick<ObjectAddress, 'bucket' | 'key'>): SourceStore {
  return {
    inspect: async () => objectAt(contents, address)?.facts,
    read: async (range, pin, signal) => {
      signal.throwIfAborted();
      const object = objectAt(contents, address);
      if (!object || object.facts.etag !== pin.etag || range.last >= object.bytes.length) {
        const what = `${address.bucket}/${address.key}`;
        throw new TransferError('SourceChanged', `${what} is no longer the one that was planned.`);
      }
      return Readable.from(
        [object.bytes.subarray(range.first, range.last + 1)].filter((chunk) => chunk.length > 0),
        { objectMode: false },
      );
    },
  };
}
