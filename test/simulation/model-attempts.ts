import type { ObjectWrite, PartAtTarget, WriteAnswer } from '../../functions/transfer/at-stores.ts';
import type { CopiedPart } from '../../functions/transfer/transfer.ts';
import { generationOf, type Memory, overSinceMs, ownerOf } from './model-memory.ts';
import type { Process } from './process.ts';

export type Sending = {
  readonly uploadId: string | undefined;
  readonly write: ObjectWrite | undefined;
  readonly partNumber: number;
  readonly bytes: number;
  /** The CRC32 of a client's bytes. If its file has changed, the part must be sent again. */
  readonly crc32?: number;
};
export type Attempt = {
  answered(etag: string, etagIsMd5: boolean, tampered: boolean): WriteAnswer;
  failed(): void;
};

/** Watches which parts are sent, answered, recorded and forgotten. Each sending needs a reason. */
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
  /** The CRC32 of a client's bytes. */
  readonly crc32: number | undefined;
};
type Ledger = {
  /** The name of a part: its transfer, upload and number. One request has the source's generation instead of an upload. */
  nameOf(process: Process, uploadId: string, partNumber: number, transferId?: string): string;
  sentOf(name: string): Sent[];
  readonly wholes: WeakMap<Process, string>;
  /** The name of the object in one request by transfer. A client sends it, and a Lambda records it. */
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
      // A client finds the bytes that were sent last. If its own bytes differ, that is a reason to send them.
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
        by: process,
        state: 'under way',
        etag: undefined,
        tampered: false,
        recordBegun: false,
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
      if (readBack) return; // Reading back only adds to the row. It is judged when the transfer is called copied.
      const answered = sentOf(nameOf(process, uploadId, partNumber, transferId)).filter(
        // A Lambda records what a client sent. Two clients that send the same bytes get the same ETag.
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
        // A part that the store copied from a changed source may be shorter than its row says.
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

/** A removed source may come back unchanged. A restart then sends the same generation again, under another name. */
function wholeName({ known }: Memory, metadata: Readonly<Record<string, string>>): string {
  const owner = ownerOf(metadata);
  return `${owner}#whole ${generationOf(metadata)} ${known(owner).sourceRestarts}#1`;
}

/** A part may be sent again if each earlier sending failed, died before its record, or is another process's now. */
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
      // A client's part is recorded through the API, so another client may send it between the answer and the record.
      state === 'answered' && !tampered && !recordBegun && (crc32 === undefined ? !by.wasKilled() : by === process),
  );
  return wasted ? { invariant: 3, text: `${wasted.by.name} had an answer for it, and did not record it.` } : undefined;
}
