import { refuseUnsupported } from '../../transfer/attributes/unsupported.ts';
import { TransferError } from '../../transfer/errors.ts';
import { isPush } from '../../transfer/push.ts';
import { parseIdempotencyKey, parseRequest, type TransferRequest } from '../../transfer/request.ts';
import { isFinal, isWaiting, newTransfer, type Transfer, targetName } from '../../transfer/transfer.ts';
import { sourceName } from '../../transfer/views/view.ts';
import { beginExecution } from '../claim/begin-execution.ts';
import { fingerprint, scrubbed, transferIdOf } from '../claim/identity.ts';
import { ownerText } from '../claim/target-lock.ts';
import type { Ports } from '../ports/ports.ts';
import { holdTarget } from '../push/hold-target.ts';
import { readyToPush } from '../push/ready-to-push.ts';
import { keepUrl } from '../stores/kept-url.ts';
import { carriageOf } from '../stores/object-write.ts';
import { takeTargetAfterAbort } from './after-abort.ts';
import { requestAbort } from './request-abort.ts';
import { changesTo, type ResumeChanges } from './resume-changes.ts';
import { resumeTransfer } from './resume-transfer.ts';

/** Without a key, each call is a request of its own. `requestId` tells one call from the next. */
export type Start = { readonly body: unknown } & ({ readonly idempotencyKey: string } | { readonly requestId: string });
/** `isNew` is false if the request was known. Then its transfer is resumed, or returned as it ended. */
export type Started = { readonly transfer: Transfer; readonly isNew: boolean };

/**
 * Takes a request. If the same request comes again, it resumes its transfer. Another request for the same target key is
 * refused until the first transfer has ended. Throws InvalidRequest, NotAllowed, TargetBusy, KeyReused.
 */
export const startTransfer =
  (ports: Ports) =>
  async (start: Start): Promise<Started> => {
    const request = parseRequest(start.body);
    await ports.admit(request);
    await refuseForTarget(ports, request);
    if (!('idempotencyKey' in start)) return attachOrBegin(ports, request, transferIdOf('call', start.requestId));
    return startByKey(ports, request, transferIdOf('key', parseIdempotencyKey(start.idempotencyKey)));
  };

/** What the target's kind of store never takes is refused before a row is written. Initiate refuses it too, with the source. */
async function refuseForTarget(ports: Ports, request: TransferRequest): Promise<void> {
  const profile = await ports.profile(request.target.endpoint);
  // All transfer ids have the same length, so metadata that fits now fits in the real transfer.
  refuseUnsupported(carriageOf(newTransfer(transferIdOf('plan'), request, 0), profile));
}

/** An idempotency key belongs to the first transfer for which it was accepted, even after that transfer has ended. */
async function startByKey(ports: Ports, request: TransferRequest, key: string): Promise<Started> {
  const owner = await ports.checkpoints.keyOwner(key);
  const known = await ports.checkpoints.read(owner ?? key);
  if (!known) return attachOrBegin(ports, request, key, { key, owner });
  if (asksForTheSame(known, request)) return { transfer: await goOn(ports, known, request), isNew: false };
  throw new TransferError(
    'KeyReused',
    `The Idempotency-Key belongs to transfer ${known.transferId}, whose request was a different one.`,
  );
}

/** `owner` is the transfer that the key had when it was looked up: it has expired, or was never written down. */
type Key = { readonly key: string; readonly owner: string | undefined };

/** Joins the unfinished transfer that has the target key, or begins a new one. */
async function attachOrBegin(ports: Ports, request: TransferRequest, newId: string, by?: Key): Promise<Started> {
  const { checkpoints, clock } = ports;
  const present = await takeTargetAfterAbort(ports, request.target, newId);
  if (!present && 'client' in request.source && request.source.client.onlyResume) {
    await checkpoints.releaseTarget(request.target, newId);
    throw new TransferError(
      'NotFound',
      `There is no unfinished push to ${targetName(request.target)}, so there is nothing to resume. To begin one, leave out \`source.client.onlyResume\`.`,
    );
  }
  if (present && !asksForTheSame(present, request))
    throw new TransferError('TargetBusy', `${ownerText(present)} This request asks for something else.`);
  const transferId = present?.transferId ?? newId;
  const accepted = by ? await checkpoints.claimKey(by.key, { transferId, instead: by.owner }) : transferId;
  if (accepted !== transferId) {
    await checkpoints.releaseTarget(request.target, newId);
    throw new TransferError('Throttled', 'Another call with this Idempotency-Key was faster. Ask again.');
  }
  if (present) return { transfer: await goOn(ports, present, request), isNew: false };
  const fresh = newTransfer(newId, scrubbed(request), clock.nowMs());
  const { source } = request;
  // While a client pushes, no execution runs. The client calls `finish` when it is done.
  if ('client' in source) {
    const transfer = await checkpoints.create(await readyToPush(ports, fresh, source));
    await holdTarget(ports, transfer);
    return { transfer, isNew: true };
  }
  const transfer = await checkpoints.create(fresh);
  await keepUrl(ports, transfer, request);
  await beginExecution(ports, transfer);
  return { transfer, isNew: true };
}

function asksForTheSame(known: Transfer, request: TransferRequest): boolean {
  // Of a transfer that is over, only a hash of its URL's query is left.
  const isSame = fingerprint(scrubbed(known.request)) === fingerprint(scrubbed(request));
  return isSame || isSignedAnew(known, request);
}

/**
 * Whether the request differs only in the query of its URL, as a URL does that was signed anew. Whether it is the same
 * file, only the ETag tells: without one, a person must say so with a resume.
 */
function isSignedAnew({ state, source, request: known }: Transfer, request: TransferRequest): boolean {
  if (!('url' in known.source) || !('url' in request.source)) return false;
  const isSamePath = sourceName(known.source) === sourceName(request.source);
  const isSame = fingerprint({ ...known, source: request.source }) === fingerprint(request);
  return isSamePath && isSame && known.verifySource && source?.etag !== undefined && !isFinal(state);
}

/** Goes on with a transfer, or with its abort. If it waits, it goes on as this request asks. */
async function goOn(ports: Ports, known: Transfer, request: TransferRequest): Promise<Transfer> {
  if (isFinal(known.state)) return known;
  if (known.cancelRequested) return requestAbort(ports)(known.transferId);
  await keepUrl(ports, known, request);
  const asked: ResumeChanges = isPush(known) ? {} : changesTo(request, known.request);
  const { source, ...settings } = asked;
  const changes = { ...(isWaiting(known.state) ? settings : {}), ...(source ? { source } : {}) };
  return resumeTransfer(ports)(known.transferId, changes);
}
