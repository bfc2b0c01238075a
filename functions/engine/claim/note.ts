import { nameAndMessage, remedyOf } from '../../transfer/errors.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';

/**
 * Writes down what went wrong in this round. The next Plan judges it. An error with the remedy "retry" never replaces
 * an error that was noted before in the same round.
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

/**
 * Runs work that comes before the first part, and notes its failure. So Plan can name that error, for instance a secret
 * that is gone.
 */
export async function noting<T>(ports: Ports, transfer: Transfer, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await note(ports, transfer, error);
    throw error;
  }
}
