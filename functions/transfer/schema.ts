import { TransferError } from './errors.ts';
import { requestSchema, type TransferRequest } from './request.ts';
import { type CompletedObject, newTransfer, type Transfer } from './transfer.ts';

/**
 * The form in which rows and payloads are written. An execution may run for 90 days and be redriven for 14 more, always on
 * the machine with which it began, and it calls the newest code. So every version reads what the last 104 days wrote:
 * test/stored has examples of each form. A change of a stored or sent field takes the next number, and `upgraded` learns to
 * read the one before. test/stored/shapes.test.ts fails until the number and the list of fields agree.
 *
 * 1: until 2026-11-26. Rows and payloads had no number. An arrival's id did not contain its target.
 * 2: rows and payloads have a number. Plan and Complete are given their state's whole input, which has the `history`; headers
 *    say what was handed out and what Lambda took (`handedOut`, `lost`, `awayUntilMs`, `tries`), reports when they were written.
 *    Where these are missing, the history is asked for, and all the time counts as patience.
 * 3: `completed` on a header is called `readingBack`. A source may be a client's, and then a state may be `pushing`.
 */
export const SCHEMA = 3;

/** A header as the present code knows it, whichever version wrote it. */
export function upgraded(stored: Transfer, schema = 1): Transfer {
  if (schema >= SCHEMA) return stored;
  const request = withDefaults(stored.request);
  const { completed, ...header } = stored as Transfer & { readonly completed?: CompletedObject };
  const known = { ...newTransfer(stored.transferId, request, stored.createdAtMs), ...header, request };
  return { ...known, readingBack: known.readingBack ?? completed };
}

/**
 * Refuses what a newer version wrote. That happens when a stack was set back to an older version while executions of the
 * newer one run: we do not know what their fields mean. Throws NewerVersion.
 */
export function refuseNewer(payload: unknown): void {
  const { schema } = (payload ?? {}) as { readonly schema?: unknown };
  if (typeof schema !== 'number' || schema <= SCHEMA) return;
  const message = `A newer version of Partway wrote the input of this state (schema ${schema}). This version reads up to schema ${SCHEMA}.`;
  throw new TransferError('NewerVersion', message);
}

/** The same request must stay the same: with a default that it lacks it would count as another one. */
function withDefaults(request: TransferRequest): TransferRequest {
  const { success, data } = requestSchema.safeParse(request);
  return success ? data : request;
}
