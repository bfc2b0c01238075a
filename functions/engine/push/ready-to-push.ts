import { refuseUnsupported } from '../../transfer/attributes/unsupported.ts';
import { type Plan, planFor, planStream } from '../../transfer/plan.ts';
import type { ClientSource } from '../../transfer/request.ts';
import type { ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import type { Ports } from '../ports/ports.ts';
import { carriageOf } from '../stores/object-write.ts';
import { factsOfClient } from '../stores/source-pin.ts';

/**
 * A new push with its plan. No store is asked, and no execution begins: those who have the bytes send them first. Throws
 * InvalidRequest and TooLarge for what the target does not take.
 */
export async function readyToPush(ports: Ports, transfer: Transfer, source: ClientSource): Promise<Transfer> {
  const { request } = transfer;
  const { part, partChecksum, partEtag, ...profile } = await ports.profile(request.target.endpoint);
  const facts = source.client.bytes === undefined ? undefined : factsOfClient(source);
  refuseUnsupported(carriageOf({ ...transfer, source: facts }, { part, partChecksum, partEtag, ...profile }));
  const cut: { plan: Plan; method: Transfer['method'] } = facts
    ? planFor(facts.bytes, request, part)
    : { plan: planStream(part, request.partBytes), method: 'parts' };
  // Under a key service's key the ETag is no MD5.
  const etagIsMd5 = partEtag === 'md5' && request.checksum === 'md5' && request.encryption?.type !== 'aws:kms';
  const push = { signsCrc32: partChecksum !== 'none', etagIsMd5 };
  return { ...transfer, ...cut, source: facts, push, state: 'pushing' };
}

/** What is known of a stream when it has ended. Throws InvalidRequest for one that is longer than its plan. */
export function withLength(transfer: Transfer, source: ObjectFacts): Transfer {
  const { plan } = transfer;
  if (!plan) return transfer;
  const partCount = Math.max(1, Math.ceil(source.bytes / plan.partBytes));
  return { ...transfer, source, plan: { objectBytes: source.bytes, partBytes: plan.partBytes, partCount } };
}
