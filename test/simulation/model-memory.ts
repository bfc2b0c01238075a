import type { ByteRange } from '../../functions/transfer/plan.ts';
import type { Table } from './checkpoints-port.ts';
import type { Process } from './process.ts';
import type { Store } from './store.ts';

/** A statement of the list in main.ts that was not true. `invariant` is its number there. */
export type Violation = { readonly invariant: number; readonly text: string };

/** What the model remembers of one upload. */
export type KnownUpload = {
  readonly transferId: string;
  readonly beganBy: Process;
  heard: boolean;
  aborted: boolean;
  /** Whether its id was ever written into the header. */
  writtenDown: boolean;
};
export type KnownTransfer = {
  cancelledAtMs: number | undefined;
  overAtMs: number | undefined;
  /** Whether it was ended by a call whose execution had ended before. */
  isEndedByZombie: boolean;
  /** When somebody asked it to pause. */
  pausedAtMs: number | undefined;
  /** How often it has begun anew because its source had changed. */
  sourceRestarts: number;
  /** When the execution that drives it now, or its redrive, took it over. */
  drivenSinceMs: number;
  /** The time that Lambda had taken by then. */
  lostMsBefore: number;
  idleRounds: number;
  life: string | undefined;
  uploadsSinceRestart: number;
  /** The bytes at the target when the header said copied. */
  copied?: Buffer | undefined;
  readonly writes: { readonly by: Process; readonly whole: boolean; readonly atMs: number }[];
};

export type Facts = {
  table: Table;
  target: Store;
  nowMs(): number;
  /** How long nothing could happen because of Lambda. */
  lostMs(): number;
  note(violation: Violation): void;
};
export type Memory = Facts & {
  readonly violations: Violation[];
  readonly uploads: Map<string, KnownUpload>;
  readonly transfers: Map<string, KnownTransfer>;
  /** Every generation of every source object, by key and ETag. */
  readonly generations: Map<string, Map<string, Buffer>>;
  /** Transfers of which a part was damaged, or answered with a wrong ETag. */
  readonly tamperedTransfers: Set<string>;
  /** Keys of source objects that changed or were removed at some time. */
  readonly changedSources: Set<string>;
  /** The ranges of each object at the target that were read to their ends, by key and ETag. */
  readonly readRanges: Map<string, ByteRange[]>;
  /** Executions whose end nobody could record. */
  readonly unsettled: Set<string>;
  violated(invariant: number, text: string): void;
  known(transferId: string): KnownTransfer;
  ownerOfUpload(uploadId: string): string;
};

// The names that Partway writes into an object's metadata, as the documentation promises them.
const TRANSFER_ID = 'partway-transfer';
const SOURCE_ETAG = 'partway-source-etag';

export function ownerOf(metadata: Readonly<Record<string, string>>): string {
  return metadata[TRANSFER_ID] ?? 'nobody';
}

export function generationOf(metadata: Readonly<Record<string, string>>): string {
  return metadata[SOURCE_ETAG] ?? 'none';
}

/** When the transfer was cancelled or ended, whichever came first. */
export function overSinceMs({ cancelledAtMs, overAtMs }: KnownTransfer): number {
  return Math.min(cancelledAtMs ?? Number.POSITIVE_INFINITY, overAtMs ?? Number.POSITIVE_INFINITY);
}

export function openMemory(facts: Facts): Memory {
  const violations: Violation[] = [];
  const uploads = new Map<string, KnownUpload>();
  const transfers = new Map<string, KnownTransfer>();
  const nothingYet = {
    cancelledAtMs: undefined,
    pausedAtMs: undefined,
    sourceRestarts: 0,
    overAtMs: undefined,
    isEndedByZombie: false,
    life: undefined,
  };
  return {
    ...facts,
    violations,
    uploads,
    transfers,
    generations: new Map(),
    tamperedTransfers: new Set(),
    changedSources: new Set(),
    readRanges: new Map(),
    unsettled: new Set(),
    violated: (invariant, text) => {
      violations.push({ invariant, text });
      facts.note({ invariant, text });
    },
    known: (id) => {
      const found = transfers.get(id) ?? {
        ...nothingYet,
        drivenSinceMs: 0,
        lostMsBefore: 0,
        idleRounds: 0,
        uploadsSinceRestart: 0,
        writes: [],
      };
      transfers.set(id, found);
      return found;
    },
    ownerOfUpload: (uploadId) => uploads.get(uploadId)?.transferId ?? 'nobody',
  };
}
