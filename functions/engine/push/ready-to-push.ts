import { refuseUnsupported } from '../../transfer/attributes/unsupported.ts';
import { refuseTooNarrow } from '../../transfer/budgets/bandwidth.ts';
import { planEnded, planFor, planStream } from '../../transfer/plan.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { ClientSource, TransferRequest } from '../../transfer/request.ts';
import type { ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { carriageOf } from '../stores/object-write.ts';
import { factsOfClient } from '../stores/source-pin.ts';

/**
 * Plans a new push. It asks no store, and begins no execution, because the client sends the bytes first. Throws
 * InvalidRequest and TooLarge for what the target does not take.
 */
export async function readyToPush(ports: Ports, transfer: Transfer, source: ClientSource): Promise<Transfer> {
  const { request } = transfer;
  const profile = await ports.profile(request.target.endpoint);
  const facts = source.client.bytes === undefined ? undefined : factsOfClient(source);
  refuseUnsupported(carriageOf({ ...transfer, source: facts }, profile));
  const cut = facts
    ? planFor(facts.bytes, onePlaceToRefuse(request, profile, facts.bytes), profile.part)
    : ({ plan: planStream(profile, { partBytes: request.partBytes, ...source.client }), method: 'parts' } as const);
  refuseTooNarrow(request, cut.plan);
  // With a key of a key service the ETag is no MD5.
  const isPlain = request.encryption?.type !== 'aws:kms';
  const push = {
    signsCrc32: profile.partChecksum !== 'none',
    signsMd5: profile.comparesContentMd5 && request.checksum !== 'crc32',
    etagIsMd5: profile.partEtag === 'md5' && request.checksum !== 'crc32' && isPlain,
  };
  return { ...transfer, ...cut, source: facts, push, state: 'pushing' };
}

/**
 * If nothing may be replaced, even a small object goes in parts. Then the service completes it, and sees whether the
 * object at the target is its own. A client whose PUT was answered with 412 could not know that.
 */
function onePlaceToRefuse(request: TransferRequest, profile: ProviderProfile, bytes: number): TransferRequest {
  const mayRefuse = request.overwrite === 'never' || addsGuard(request, profile);
  return mayRefuse && bytes > 0 ? { ...request, multipartThresholdBytes: 0 } : request;
}

/** A header that the request adds may be the store's own word for "never". */
function addsGuard({ headers = {} }: TransferRequest, { overwriteGuard }: ProviderProfile): boolean {
  return typeof overwriteGuard === 'object' && headers[overwriteGuard.header] !== undefined;
}

/** A stream that has ended has a length, and its plan has as many parts as that length needs. */
export function withLength(transfer: Transfer, source: ObjectFacts): Transfer {
  const { plan } = transfer;
  return plan ? { ...transfer, source, plan: planEnded(plan, source.bytes) } : transfer;
}
