import type { CopySource, WriteAnswer } from '../../transfer/at-stores.ts';
import { nameAndMessage, remedyOf, TransferError } from '../../transfer/errors.ts';
import { type ByteRange, type Plan, partRange } from '../../transfer/plan.ts';
import { isFinal, type Transfer } from '../../transfer/transfer.ts';
import { MiB } from '../../transfer/values/sizes.ts';
import type { Clock, Ports } from '../ports/ports.ts';

// We cannot see what moves inside the store. We treat a copy of less than 8 MiB a second as one that has stopped. So
// for 5 GiB, the largest part, we give up before the time of the Lambda ends. The client itself gives up a connection
// that is silent for two minutes.
const BYTES_A_SECOND_MIN = 8 * MiB;
const ANSWER_MS_MAX = 120_000;

type PartToCopy = { readonly partNumber: number; readonly bytes: number };

/** How to ask the store for a copy: as a part of the upload, or as the whole object. */
export type CopyInStore = (
  part: PartToCopy,
  source: CopySource,
  range: ByteRange | undefined,
  signal: AbortSignal,
) => Promise<WriteAnswer>;

/** The copies that the store makes by itself in one batch, as far as it makes any. */
export type StoreCopies = {
  /**
   * `undefined`: the store does not copy, so the bytes must be streamed. This is one attempt. It throws as `writePart`
   * does.
   */
  tryCopy(part: PartToCopy, signal: AbortSignal): Promise<WriteAnswer | undefined>;
  /**
   * Call it when a part has arrived as a stream. If the store refused to copy that part before, the refusal was only
   * about copying, and this writes it down.
   */
  streamed(): Promise<void>;
};

/**
 * Asks the store as long as the transfer says that it copies. After the first refusal, it does not ask again in this
 * batch.
 */
export function openStoreCopies(ports: Ports, transfer: Transfer, plan: Plan, copy: CopyInStore): StoreCopies {
  const source = sourceInStore(transfer);
  let refusal: TransferError | undefined;
  let isWrittenDown = false;
  return {
    tryCopy: async (part, signal) => {
      if (!source || refusal) return undefined;
      const range = plan.partCount === 1 ? undefined : partRange(plan, part.partNumber);
      try {
        return await withinCopyLimit(ports.clock, part, signal, (until) => copy(part, source, range, until));
      } catch (error) {
        if (signal.aborted || !isRefusal(error)) throw error;
        refusal ??= error;
        return undefined;
      }
    },
    streamed: async () => {
      if (!refusal || isWrittenDown) return;
      isWrittenDown = true;
      await stopCopies(ports, transfer, refusal);
    },
  };
}

/**
 * What to copy from, or `undefined` if the bytes are to be streamed. After a round that copied nothing we stream too,
 * since streamed bytes may get through.
 */
function sourceInStore({ request, source, ...transfer }: Transfer): CopySource | undefined {
  const isAsked = transfer.copiesInStore && transfer.copyRefused === undefined && transfer.idleRounds === 0;
  if (!isAsked || !source || !('endpoint' in request.source)) return undefined;
  const { bucket, key, versionId } = request.source;
  return { bucket, key, versionId, etag: request.verifySource ? source.etag : undefined };
}

/**
 * Whether the store refused to copy. A stream shows whether the refusal is only about copying, also for SourceChanged
 * and Refused: it has the same pin and the same credentials. If the error is real, the stream ends with the same error.
 * If the store refuses only copies, the stream goes on.
 */
function isRefusal(error: unknown): error is TransferError {
  return error instanceof TransferError && remedyOf(error.name) !== 'retry' && error.name !== 'UploadLost';
}

/** From now on bytes are streamed, and the receipt says why. */
export async function stopCopies(ports: Ports, { transferId }: Transfer, refusal: TransferError): Promise<void> {
  const { name, message } = nameAndMessage(refusal);
  ports.log('the store does not copy by itself; the bytes are streamed', { transferId, name, reason: message });
  await ports.checkpoints.change(transferId, (now) =>
    now.copyRefused !== undefined || isFinal(now.state) ? undefined : { ...now, copyRefused: message },
  );
}

/** Ends a copy that is slower than any store that still works on it. Throws Unreachable. */
async function withinCopyLimit<T>(
  clock: Clock,
  { partNumber, bytes }: PartToCopy,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T> {
  const [late, over] = [new AbortController(), new AbortController()];
  const limitMs = ANSWER_MS_MAX + (bytes / BYTES_A_SECOND_MIN) * 1000;
  const what = `Part ${partNumber}: the store did not copy ${bytes} bytes within ${Math.round(limitMs / 1000)} s.`;
  const watchdog = clock.sleep(limitMs, over.signal).then(
    () => late.abort(new TransferError('Unreachable', what, { partNumber })),
    () => {}, // it answered in time
  );
  try {
    return await work(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    throw late.signal.aborted ? late.signal.reason : error;
  } finally {
    over.abort();
    await watchdog;
  }
}
