import type { Clock, SourceStore, TargetStore } from '../../../functions/engine/ports/ports.ts';
import type { ObjectWrite, PartAtTarget } from '../../../functions/transfer/at-stores.ts';
import { TransferError } from '../../../functions/transfer/errors.ts';
import type { ProviderProfile } from '../../../functions/transfer/provider.ts';
import type { ObjectFacts } from '../../../functions/transfer/transfer.ts';
import { MiB } from '../../../functions/transfer/values/sizes.ts';

// What one Lambda gets of the network, and how many parts share it: docs/benchmarks.md, "Cost".
const BYTES_A_SECOND = 75 * MiB;

export type Requests = { put: number; get: number };
export type LargeStore = { readonly source: SourceStore; readonly target: TargetStore; readonly requests: Requests };

type Options = {
  readonly profile: ProviderProfile;
  readonly clock: Clock;
  readonly bytes: number;
  readonly partsAtOnce: number;
};

/**
 * A store with one object of any size. It has no bytes: it knows sizes and ETags, and takes the time that a Lambda would
 * need to move them. It copies its own parts, so that the engine itself needs no bytes either.
 */
export function largeStore(options: Options): LargeStore {
  const requests: Requests = { put: 0, get: 0 };
  const original: ObjectFacts = { bytes: options.bytes, etag: 'original', headers: {}, metadata: {} };
  const state: State = { requests, parts: new Map(), begun: undefined, done: undefined };
  const inspect = async () => {
    requests.get += 1;
    return original;
  };
  const target: TargetStore = {
    profile: options.profile,
    inspect: async ({ key }) => {
      requests.get += 1;
      return key === 'x' ? original : state.done;
    },
    ...copiesOf(options, state),
    ...uploadsOf(options, state),
    putObject: unused,
    writePart: unused,
    listUploads: unused,
    uploadsPage: unused,
  };
  return { source: { inspect, read: unused }, target, requests };
}

const unused = async () => Promise.reject(new TransferError('Refused', 'The simulation needs no such request.'));

type State = {
  readonly requests: Requests;
  readonly parts: Map<number, PartAtTarget>;
  begun: ObjectWrite | undefined;
  done: ObjectFacts | undefined;
};

function copiesOf({ clock, bytes: all, partsAtOnce }: Options, state: State) {
  const moved = (bytes: number, signal: AbortSignal) =>
    clock.sleep((bytes / (BYTES_A_SECOND / partsAtOnce)) * 1000, signal);
  return {
    copyPart: async ({ partNumber, bytes }, _source, _range, signal) => {
      state.requests.put += 1;
      await moved(bytes, signal);
      const etag = partNumber.toString(16).padStart(32, '0');
      state.parts.set(partNumber, { partNumber, bytes, etag });
      return { etag, etagIsMd5: false };
    },
    copyObject: async (write, _source, signal) => {
      state.requests.put += 1;
      await moved(all, signal);
      state.done = finished(write, all);
      return { etag: 'copied', etagIsMd5: false };
    },
  } satisfies Partial<TargetStore>;
}

// As long as an id of AWS.
const UPLOAD_ID = 'u'.repeat(128);

function uploadsOf({ profile, bytes }: Options, state: State) {
  const { requests, parts } = state;
  return {
    beginUpload: async (write) => {
      requests.put += 1;
      state.begun = write;
      return UPLOAD_ID;
    },
    listParts: async () => {
      requests.put += Math.ceil(Math.max(1, parts.size) / profile.listRows.max); // a LIST costs as much as a PUT
      return [...parts.values()].sort((one, other) => one.partNumber - other.partNumber);
    },
    completeUpload: async () => {
      requests.put += 1;
      if (state.begun) state.done = finished(state.begun, bytes);
    },
    abortUpload: async () => {},
  } satisfies Partial<TargetStore>;
}

function finished({ headers, metadata }: ObjectWrite, bytes: number): ObjectFacts {
  return { bytes, etag: 'copied', headers: { ...headers }, metadata: { ...metadata } };
}
