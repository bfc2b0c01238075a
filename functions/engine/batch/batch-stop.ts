import { partsInTime } from '../../transfer/budgets/pausing.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Clock } from '../ports/ports.ts';
import type { InFlight } from './in-flight.ts';

/** Ends a batch before its parts are done, because a person asked for something. That is no failure. */
export type BatchStop = {
  /** Aborted when no part may begin any more, also not another attempt. Parts under way may go on. */
  readonly closing: AbortSignal;
  /** Aborted when this part must end: when it cannot finish in time, or when everything must end. */
  signalOf(partNumber: number): AbortSignal;
  /** Call it with each look at the header. */
  heard(now: Transfer): void;
  /** Whether this signal ended its part because of a stop, and not because something failed. */
  ended(signal: AbortSignal): boolean;
};

/**
 * An abort ends everything at once, since nothing of it is kept. If the round is to end (a pause, or another bandwidth),
 * the parts that can finish in time go on, and the others end at once.
 */
export function openStop(clock: Pick<Clock, 'nowMs'>, transfer: Transfer, inFlight: InFlight): BatchStop {
  const stopped = new TransferError('Stopped', 'The transfer was cancelled or paused, or its round was ended early.');
  const [closing, all] = [new AbortController(), new AbortController()];
  const parts = new Map<number, AbortController>();
  const endAll = () => {
    closing.abort(stopped);
    all.abort(stopped);
  };
  return {
    closing: closing.signal,
    signalOf: (partNumber) => {
      const part = new AbortController();
      parts.set(partNumber, part);
      return AbortSignal.any([all.signal, part.signal]);
    },
    heard: ({ cancelRequested, pauseRequested, roundEndsByMs, round }) => {
      const endsByMs = round === transfer.round ? roundEndsByMs : undefined;
      if (cancelRequested || (pauseRequested && endsByMs === undefined)) return endAll();
      if (endsByMs === undefined) return;
      const leftMs = endsByMs - clock.nowMs();
      if (leftMs <= 0) return endAll();
      closing.abort(stopped);
      const underWay = inFlight.underWay();
      const inTime = partsInTime(underWay, leftMs);
      for (const { partNumber } of underWay) if (!inTime.has(partNumber)) parts.get(partNumber)?.abort(stopped);
    },
    ended: (signal) => signal.aborted && signal.reason === stopped,
  };
}
