import type { ObjectWrite, PartAtTarget, WriteAnswer } from '../../functions/transfer/at-stores.ts';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import { generationOf, type Memory, overSinceMs, ownerOf } from './model-memory.ts';
import type { Process } from './process.ts';

export type Sending = {
  readonly uploadId: string | undefined;
  readonly write: ObjectWrite | undefined;
  readonly partNumber: number;
  readonly bytes: number;
  /** Of what a client sends: its file may have changed, and then it must be sent again. */
  readonly crc32?: number;
};
export type Attempt = {
  answered(etag: string, etagIsMd5: boolean, tampered: boolean): WriteAnswer;
  failed(): void;
};

/** Which parts were sent, answered, recorded and forgotten; each sending needs a reason. */
export type Attempts = {
  attemptBegun(process: Process, sending: Sending): Attempt;
  recordBegun(process: Process, transferId: string, uploadId: string, part: CopiedPart): void;
  partRecorded(process: Process, transferId: string, uploadId: string, partNumber: number): void;
  listed(process: Process, uploadId: string, parts: readonly PartAtTarget[]): void;
  forgetBegun(
    process: Process,
    uploadId: string,
    partNumbers: readonly number[],
    rows: ReadonlyMap<number, CopiedPart>,
  ): void;
  partForgotten(process: Process, uploadId: string, partNumber: number): void;
};

type Sent = {
  readonly by: Process;
  state: 'under way' | 'answered' | 'failed';
  etag: string | undefined;
  tampered: boolean;
  recordBegun: boolean;
  /** Of what a client sent. */
  readonly crc32: number | undefined;
};
type Ledger = {
  /** Where a part is filed: by transfer, upload and number; what has no upload goes whole, by the source's generation. */
  nameOf(process: Process, uploadId: string, partNumber: number, transferId?: string): string;
  sentOf(name: string): Sent[];
  readonly wholes: WeakMap<Process, string>;
  /** By transfer: a client sends the whole, and a Lambda records it. */
  readonly pushedWholes: Map<string, string>;
  /** When each part that has a row was recorded. */
  readonly recordedAtMs: Map<string, number>;
};

export function openAttempts(memory: Memory): Attempts {
  const ledger = openLedger(memory);
  return {
    ...sendingsOf(memory, ledger),
    ...recordsOf(memory, ledger),
    ...forgettingsOf(memory, ledger),
  };
}

function openLedger({ ownerOfUpload }: Memory): Ledger {
  const attempts = new Map<string, Sent[]>();
  const wholes = new WeakMap<Process, string>();
  const pushedWholes = new Map<string, string>();
  return {
    wholes,
    pushedWholes,
    recordedAtMs: new Map(),
    nameOf: (process, uploadId, partNumber, transferId = '') => {
      const owner = ownerOfUpload(uploadId);
      if (owner === 'nobody') return wholes.get(process) ?? pushedWholes.get(transferId) ?? 'nothing was sent';
      return `${owner}#${uploadId}#${partNumber}`;
    },
    sentOf: (name) => {
      const list = attempts.get(name) ?? [];
      attempts.set(name, list);
      return list;
    },
  };
}

function sendingsOf(
  memory: Memory,
  { nameOf, sentOf, wholes, pushedWholes, recordedAtMs }: Ledger,
): Pick<Attempts, 'attemptBegun'> {
  return {
    attemptBegun: (process, { uploadId, write, partNumber, crc32 }) => {
      const metadata = write?.metadata ?? {};
      if (uploadId === undefined) wholes.set(process, wholeName(memory, metadata));
      if (crc32 !== undefined && uploadId === undefined)
        pushedWholes.set(ownerOf(metadata), wholeName(memory, metadata));
      const name = nameOf(process, uploadId ?? '', partNumber);
      const earlier = sentOf(name).filter((each) => each.crc32 === crc32);
      const last = sentOf(name).at(-1);
      // What was sent last is what a client finds there, so other bytes of it are a reason.
      const isOther = last !== undefined && last.crc32 !== crc32;
      const why = isOther ? undefined : reasonAgainst(process, earlier, recordedAtMs.get(name));
      const what = `part ${partNumber} of ${uploadId ?? 'the whole'}`;
      if (why) memory.violated(why.invariant, `${process.name} sends ${what}: ${why.text}`);
      const transfer = memory.known(
        uploadId === undefined ? ownerOf(write?.metadata ?? {}) : memory.ownerOfUpload(uploadId),
      );
      if (Math.min(overSinceMs(transfer), transfer.pausedAtMs ?? Number.POSITIVE_INFINITY) < process.startedMs)
        memory.violated(8, `${process.name} sends ${what}, though its transfer was stopped before this call began.`);
      const attempt: Sent = {
        ...{ by: process, state: 'under way', etag: undefined, tampered: false, recordBegun: false },
        crc32,
      };
      sentOf(name).push(attempt);
      return {
        answered: (etag, etagIsMd5, tampered) => {
          Object.assign(attempt, { state: 'answered', etag, tampered });
          return { etag, etagIsMd5 };
        },
        failed: () => {
          attempt.state = 'failed';
        },
      };
    },
  };
}

function recordsOf(
  { violated, nowMs, known }: Memory,
  { nameOf, sentOf, recordedAtMs }: Ledger,
): Pick<Attempts, 'recordBegun' | 'partRecorded'> {
  return {
    recordBegun: (process, transferId, uploadId, { partNumber, etag, readBack }) => {
      if (readBack) return; // the row as it was, with what was read; judged when the transfer is called copied
      const answered = sentOf(nameOf(process, uploadId, partNumber, transferId)).filter(
        // A client tells a Lambda of what it sent. Two clients that send the same bytes get the same ETag.
        (each) => (each.by === process || each.crc32 !== undefined) && each.state === 'answered' && each.etag === etag,
      );
      for (const each of answered) each.recordBegun = true;
      if (answered.length === 0)
        violated(4, `${process.name} records part ${partNumber}, for which the target has not answered ${etag}.`);
      if (answered.some(({ tampered }) => tampered))
        violated(1, `${process.name} records part ${partNumber}, which is damaged at the target.`);
    },
    partRecorded: (process, transferId, uploadId, partNumber) => {
      recordedAtMs.set(nameOf(process, uploadId, partNumber, transferId), nowMs());
      known(transferId).idleRounds = 0;
    },
  };
}

function forgettingsOf(
  { violated }: Memory,
  { nameOf, recordedAtMs }: Ledger,
): Pick<Attempts, 'listed' | 'forgetBegun' | 'partForgotten'> {
  const listings = new WeakMap<Process, Map<string, readonly PartAtTarget[]>>();
  return {
    listed: (process, uploadId, parts) => {
      const heard = listings.get(process) ?? new Map<string, readonly PartAtTarget[]>();
      listings.set(process, heard.set(uploadId, parts));
    },
    forgetBegun: (process, uploadId, partNumbers, rows) => {
      const listing = listings.get(process)?.get(uploadId);
      for (const partNumber of partNumbers) {
        const atTarget = listing?.find((part) => part.partNumber === partNumber);
        const wasThere = (recordedAtMs.get(nameOf(process, uploadId, partNumber)) ?? 0) < process.startedMs;
        const row = rows.get(partNumber);
        // One that the store copied of a source which had changed may be shorter than was recorded.
        const isAsRecorded = atTarget?.etag === row?.etag && atTarget?.bytes === row?.bytes;
        if (wasThere && atTarget !== undefined && isAsRecorded)
          violated(4, `${process.name} forgets part ${partNumber}, which the target said it has.`);
      }
    },
    partForgotten: (process, uploadId, partNumber) => {
      recordedAtMs.delete(nameOf(process, uploadId, partNumber));
    },
  };
}

/** A source that was gone may come back as it was; then what begins again is another whole of the same generation. */
function wholeName({ known }: Memory, metadata: Readonly<Record<string, string>>): string {
  const owner = ownerOf(metadata);
  return `${owner}#whole ${generationOf(metadata)} ${known(owner).sourceRestarts}#1`;
}

/** A part may be sent again when its earlier sendings failed, died unrecorded, or are another process's at this moment. */
function reasonAgainst(
  process: Process,
  earlier: readonly Sent[],
  recordedAtMs: number | undefined,
): { invariant: number; text: string } | undefined {
  if (recordedAtMs !== undefined && recordedAtMs < process.startedMs)
    return { invariant: 4, text: 'it was recorded before this call began.' };
  if (earlier.some(({ by, state }) => by === process && state === 'under way'))
    return { invariant: 3, text: 'it is sending it already.' };
  const wasted = earlier.find(
    ({ by, state, tampered, recordBegun, crc32 }) =>
      // Between the answer and the record of a client there is the API, so another client may come between.
      state === 'answered' && !tampered && !recordBegun && (crc32 === undefined ? !by.wasKilled() : by === process),
  );
  return wasted ? { invariant: 3, text: `${wasted.by.name} had an answer for it, and did not record it.` } : undefined;
}
