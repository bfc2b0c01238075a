import type { Meter } from './meter.ts';

/** The parts under way in one call of a Lambda, and what became of the bytes of those that have landed. */
export type InFlight = {
  begin(partNumber: number, meter: Pick<Meter, 'bytesSoFar'>): void;
  /** The part was recorded. Until then its bytes are in flight, also while the target says nothing. */
  landed(partNumber: number): void;
  /** The attempt failed. Its bytes must be moved once more. */
  lost(partNumber: number): void;
  bytes(): { readonly inFlight: number; readonly lost: number; readonly sent: number };
};

export function openInFlight(): InFlight {
  const meters = new Map<number, Pick<Meter, 'bytesSoFar'>>();
  const over = { landed: 0, lost: 0 };
  const end = (partNumber: number, as: keyof typeof over) => {
    over[as] += meters.get(partNumber)?.bytesSoFar() ?? 0;
    meters.delete(partNumber);
  };
  return {
    begin: (partNumber, meter) => {
      end(partNumber, 'lost');
      meters.set(partNumber, meter);
    },
    landed: (partNumber) => end(partNumber, 'landed'),
    lost: (partNumber) => end(partNumber, 'lost'),
    bytes: () => {
      const inFlight = [...meters.values()].reduce((sum, meter) => sum + meter.bytesSoFar(), 0);
      return { inFlight, lost: over.lost, sent: over.landed + over.lost + inFlight };
    },
  };
}
