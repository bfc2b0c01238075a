import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { bytesText } from '../options/units.ts';

/** Why a pause takes a moment, and what it will throw away. `undefined`: it takes no moment. */
export function pauseText({ pausesBy, progress }: TransferView): string | undefined {
  if (pausesBy === undefined) return undefined;
  const { bytesInFlight, bytesTooSlow } = progress;
  const waiting = `${bytesText(bytesInFlight)} are in flight. Partway finishes these parts first, for a minute at most.`;
  if (bytesTooSlow === 0) return waiting;
  return `${waiting} ${bytesText(bytesTooSlow)} of them belong to parts that need longer. Partway throws these away, and sends them again after a resume.`;
}
