import { TransferError } from './errors.ts';
import { requestSchema, type TransferRequest } from './request.ts';
import { type CompletedObject, newTransfer, type Transfer } from './transfer.ts';

/**
 * The number of the form in which rows and payloads are written. An execution may run for 90 days, and may be redriven
 * for 14 more. It always runs on the machine with which it began, and it calls the newest code. So every version reads
 * what the last 104 days wrote: test/stored has examples of each form. If you change a stored or sent field, take the
 * next number, and teach `upgraded` to read the form before. test/stored/shapes.test.ts fails until the number and the
 * list of fields agree.
 *
 * 1: until 2026-11-26. Rows and payloads had no number. The id of an arrival did not contain its target.
 * 2: rows and payloads have a number. Plan and Complete get the whole input of their state, which has the `history`.
 * Headers say what was handed out, and for how long Lambda had no room (`handedOut`, `lost`, `awayUntilMs`, `tries`).
 * Reports say when they were written. If these are missing, Partway asks Step Functions for the history, and all the
 * time counts as patience.
 * 3: `completed` on a header is called `readingBack`. The source may be a client. Then the state may be `pushing`.
 * 4: a plan and a receipt may have `growth`: the parts of a stream grow. If it is missing, they have one size, as before. The
 * request of a stream may say what its client expects.
 * 5: a header may say that a Complete was asked for and not answered (`completing`).
 * 6: the `checksum` of a request may be `auto`. Reports and tallies say how many bytes were lost (`bytesLost`). Until then,
 * nobody counted them. A header says why an equal object was kept (`kept`).
 * 7: a request may ask for `expires`, add `headers`, and say that the requester pays (`requesterPays`). A header may say that
 * fewer batches run at once (`batchesAtOnce`).
 * A header has a hash in the place of the query of its source's URL. The whole URL has a row of its own. Headers of older
 * code have the URL themselves, and are read as before.
 * A header may say until when its round must end (`roundEndsByMs`), and a report which bytes a pause throws away
 * (`bytesTooSlow`). A request may limit its bandwidth, and what was handed out says how many Lambdas share it (`lambdas`).
 * A request has a `speed`. Initiate may hand on `complete`: it has copied a small object. An older machine goes to Plan
 * then, which finds nothing missing.
 */
export const SCHEMA = 7;

/** A header as the present code knows it, even if an older version wrote it. */
export function upgraded(stored: Transfer, schema = 1): Transfer {
  if (schema >= SCHEMA) return stored;
  const request = withDefaults(stored.request);
  const { completed, ...header } = stored as Transfer & { readonly completed?: CompletedObject };
  const known = { ...newTransfer(stored.transferId, request, stored.createdAtMs), ...header, request };
  return { ...known, readingBack: known.readingBack ?? completed };
}

/**
 * Refuses what a newer version wrote. Such input comes if a stack was set back to an older version while executions of
 * the newer one run. We do not know what its fields mean. Throws NewerVersion.
 */
export function refuseNewer(payload: unknown): void {
  const { schema } = (payload ?? {}) as { readonly schema?: unknown };
  if (typeof schema !== 'number' || schema <= SCHEMA) return;
  const message = `A newer version of Partway wrote the input of this state (schema ${schema}). This version reads up to schema ${SCHEMA}.`;
  throw new TransferError('NewerVersion', message);
}

/**
 * Adds the defaults that a stored request lacks. Otherwise it would count as another request than the same one today.
 */
function withDefaults(request: TransferRequest): TransferRequest {
  const { success, data } = requestSchema.safeParse(request);
  return success ? data : request;
}
