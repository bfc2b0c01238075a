import { lambdasAtOnce, refuseTooNarrow } from '../../transfer/budgets/bandwidth.ts';
import { PAUSE_MS_MAX } from '../../transfer/budgets/pausing.ts';
import { TransferError } from '../../transfer/errors.ts';
import { isPush } from '../../transfer/push.ts';
import type { TransferRequest } from '../../transfer/request.ts';
import { generationOf, isFinal, type ObjectFacts, type Transfer } from '../../transfer/transfer.ts';
import { sourceName } from '../../transfer/views/view.ts';
import { scrubbed } from '../claim/identity.ts';
import type { Ports } from '../ports/ports.ts';
import type { ResumeChanges } from './resume-changes.ts';

/**
 * Changes the request of a transfer that goes on. Batches read it anew. Throws InvalidRequest if another URL does not
 * lead to the file that was planned, and then changes nothing.
 */
export async function changeTransfer(ports: Ports, transfer: Transfer, changes: ResumeChanges): Promise<Transfer> {
  if (Object.keys(changes).length === 0) return transfer;
  if (isPush(transfer))
    throw new TransferError('InvalidRequest', 'The client of a push sends the parts, so it says how. A resume cannot.');
  const { transferId } = transfer;
  if (changes.source) {
    await refuseOtherFile(ports, transfer, changes.source);
    // Both URLs lead to the same file. So whoever reads the header before it changes may use this one too.
    await ports.checkpoints.keepUrl(transferId, changes.source.url);
  }
  const { bandwidthBytesPerSecond: bandwidth, ...others } = changes;
  const limit = bandwidth === undefined ? {} : { bandwidthBytesPerSecond: bandwidth ?? undefined };
  return ports.checkpoints.change(transferId, (now) => {
    if (isFinal(now.state) || now.cancelRequested) return undefined;
    const request = scrubbed({ ...now.request, ...others, ...limit });
    if (now.plan) refuseTooNarrow(request, now.plan);
    return {
      ...now,
      request,
      ...endOfRound(now, request, ports.clock.nowMs()),
      // Whoever says how many may run at once knows better than the rounds before.
      batchesAtOnce: changes.batchesAtOnce === undefined ? now.batchesAtOnce : undefined,
    };
  });
}

/**
 * If another bandwidth needs another number of Lambdas, the round that is at work ends early: its parts have a minute. The
 * next round has the right number. Otherwise the Lambdas see their new share within about a second.
 */
function endOfRound(now: Transfer, request: TransferRequest, nowMs: number): Pick<Transfer, 'roundEndsByMs'> {
  const { next } = now.handedOut ?? {};
  const isInBatches = next === 'copy-parts' || next === 'read-back';
  const isAnother = request.bandwidthBytesPerSecond !== now.request.bandwidthBytesPerSecond;
  if (!isInBatches || !isAnother || lambdasAtOnce(request) === lambdasAtOnce(now.request)) return {};
  return { roundEndsByMs: now.roundEndsByMs ?? nowMs + PAUSE_MS_MAX };
}

async function refuseOtherFile(
  ports: Ports,
  transfer: Transfer,
  source: NonNullable<ResumeChanges['source']>,
): Promise<void> {
  const { request, source: pinned } = transfer;
  const name = sourceName(source);
  if (!('url' in request.source))
    throw new TransferError(
      'InvalidRequest',
      `\`source\`: only a URL can be replaced, and the source is ${sourceName(request.source)}.`,
    );
  const present = await (await ports.source({ request: { ...request, source } })).inspect();
  if (!present) throw new TransferError('SourceMissing', `There is no object ${name}.`);
  if (!pinned) return;
  const isSame = !request.verifySource || generationOf(present) === generationOf(pinned);
  if (isSame && present.bytes === pinned.bytes) return;
  throw new TransferError(
    'InvalidRequest',
    `\`source\`: ${name} has ${told(present)}, and the copy was planned for ${told(pinned)}. Its parts do not belong to this file, so nothing was changed.`,
  );
}

function told(facts: ObjectFacts): string {
  return `${facts.bytes} bytes (${generationOf(facts)})`;
}
