import type { UnderWay } from '../../transfer/budgets/pausing.ts';
import type { Clock } from '../ports/ports.ts';
import type { Meter } from './meter.ts';

type Watched = Pick<Meter, 'bytesSoFar' | 'bytesMax'>;

/** The parts under way in one call of a Lambda, and what became of the bytes of those that have landed. */
export type InFlight = {
  begin(partNumber: number, meter: Watched): void;
  /** The part was recorded. Until then its bytes are in flight, also while the target says nothing. */
  landed(partNumber: number): void;
  /** The attempt failed. Its bytes must be moved once more. */
  lost(partNumber: number): void;
  bytes(): { readonly inFlight: number; readonly lost: number; readonly sent: number };
  /** Each part with its mean rate since its attempt began. */
  underWay(): UnderWay[];
};

export function openInFlight(clock: Pick<Clock, 'nowMs'>): InFlight {
  const parts = new Map<number, { readonly meter: Watched; readonly begunAtMs: number }>();
  const over = { landed: 0, lost: 0 };
  const end = (partNumber: number, as: keyof typeof over) => {
    over[as] += parts.get(partNumber)?.meter.bytesSoFar() ?? 0;
    parts.delete(partNumber);
  };
  return {
    begin: (partNumber, meter) => {
      end(partNumber, 'lost');
      parts.set(partNumber, { meter, begunAtMs: clock.nowMs() });
    },
    landed: (partNumber) => end(partNumber, 'landed'),
    lost: (partNumber) => end(partNumber, 'lost'),
    bytes: () => {
      const inFlight = [...parts.values()].reduce((sum, { meter }) => sum + meter.bytesSoFar(), 0);
      return { inFlight, lost: over.lost, sent: over.landed + over.lost + inFlight };
    },
    underWay: () =>
      [...parts].map(([partNumber, { meter, begunAtMs }]) => {
        const bytesSent = meter.bytesSoFar();
        const seconds = Math.max(1, clock.nowMs() - begunAtMs) / 1000;
        return { partNumber, bytesSent, bytesLeft: meter.bytesMax - bytesSent, bytesPerSecond: bytesSent / seconds };
      }),
  };
}
