import { refuseUnsupported } from '../../transfer/attributes/unsupported.ts';
import { isNamed } from '../../transfer/errors.ts';
import { planCopy } from '../../transfer/plan.ts';
import { parseRequest } from '../../transfer/request.ts';
import { isFinal, newTransfer, type ObjectFacts, type Transfer, targetName } from '../../transfer/transfer.ts';
import { type Adoption, type AtTarget, type Explanation, explain } from '../../transfer/views/explain.ts';
import { sourceName } from '../../transfer/views/view.ts';
import { fingerprint, transferIdOf } from '../claim/identity.ts';
import type { Ports, TargetStore } from '../ports/ports.ts';
import { adoptableParts } from '../stores/adoptable-parts.ts';
import { inTime } from '../stores/in-time.ts';
import { lookAtTarget } from '../stores/look-at-target.ts';
import { carriageOf, TRANSFER_ID_METADATA } from '../stores/object-write.ts';
import { inspectSource } from '../stores/source-pin.ts';

/**
 * Says what a request would do and why, or which error would refuse it. It asks source and target the same as Initiate
 * does, in the same order. It writes nothing anywhere.
 */
export const explainTransfer =
  (ports: Ports) =>
  async (body: unknown): Promise<Explanation> => {
    const request = parseRequest(body);
    await ports.admit(request);
    // All transfer ids have the same length. So metadata that fits now will also fit in the real transfer.
    const transfer = newTransfer(transferIdOf('plan'), request, 0);
    const source = await inTime(ports, sourceName(request.source), inspectSource(ports, transfer));
    const target = await ports.target({ request });
    const { profile } = target;
    const carriage = carriageOf({ ...transfer, source }, profile);
    refuseUnsupported(carriage);
    const name = targetName(request.target);
    const atTarget = await inTime(ports, name, lookAt(ports, target, { ...transfer, source }, source));
    const adoption = await inTime(ports, name, adoptionOf(ports, target, { ...transfer, source }, atTarget));
    return explain({ request, source, profile, ours: carriage.ours, atTarget, adoption, copyingMiB: ports.copyingMiB });
  };

/** The same request goes on with its unfinished transfer, also if that has written its object already. */
async function lookAt(ports: Ports, target: TargetStore, transfer: Transfer, source: ObjectFacts): Promise<AtTarget> {
  try {
    return await lookAtTarget(ports, target, transfer, source);
  } catch (error) {
    if (!isNamed(error, 'TargetExists')) throw error;
    const present = await target.inspect(transfer.request.target);
    const writer = await ports.checkpoints.read(present?.metadata[TRANSFER_ID_METADATA] ?? '');
    const goesOn = writer && !isFinal(writer.state) && fingerprint(writer.request) === fingerprint(transfer.request);
    if (!present || !goesOn) throw error;
    const because = `the request goes on with transfer ${writer.transferId}, which has written it`;
    return { fate: 'kept', bytes: present.bytes, because };
  }
}

async function adoptionOf(
  ports: Ports,
  target: TargetStore,
  { request, source }: Transfer,
  { fate }: AtTarget,
): Promise<Adoption | undefined> {
  const { resumeFrom } = request;
  if (!resumeFrom || !source || fate === 'kept') return undefined;
  const { plan } = planCopy(source.bytes, request, target.profile);
  const { listed, fitting } = await adoptableParts(ports, target, { request, plan, resumeFrom });
  return { listed, parts: fitting.length, bytes: fitting.reduce((sum, { bytes }) => sum + bytes, 0) };
}
