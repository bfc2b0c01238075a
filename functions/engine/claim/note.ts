import { nameAndMessage, remedyOf } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Writes down what went wrong in this round, for the next Plan to judge. A lesser error never replaces one that trying
 * again does not cure.
 */
export async function note(ports: Ports, transfer: Transfer, error: unknown): Promise<void> {
  const noted = { round: transfer.round, ...nameAndMessage(error) };
  await ports.checkpoints.change(transfer.transferId, (now) => {
    // A stop that somebody asked for is not an error.
    if (now.cancelRequested || now.pauseRequested || now.round !== noted.round) return undefined;
    // What went wrong before the object was completed no longer matters.
    if (now.readingBack && !transfer.readingBack) return undefined;
    const isCovered = now.noted !== undefined && now.noted.round === noted.round && remedyOf(noted.name) === 'retry';
    return isCovered ? undefined : { ...now, noted };
  });
}

/** What cannot even be begun (a secret that is gone, say) is noted like what fails on the way, so that Plan says its name. */
export async function noting<T>(ports: Ports, transfer: Transfer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await note(ports, transfer, error);
    throw error;
  }
}
