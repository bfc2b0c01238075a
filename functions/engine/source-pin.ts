import { TransferError } from '../transfer/errors.ts';
import type { Ports } from '../transfer/ports.ts';
import type { ObjectFacts, Transfer } from '../transfer/transfer.ts';
import { sourceName } from '../transfer/view.ts';

/** Looks at the source, and holds it to the generation that was planned for. Throws SourceMissing, SourceChanged. */
export async function inspectSource(ports: Ports, transfer: Transfer): Promise<ObjectFacts> {
  const facts = await (await ports.source(transfer)).inspect();
  if (!facts) throw new TransferError('SourceMissing', `There is no object ${sourceName(transfer.request.source)}.`);
  const pinned = transfer.source;
  if (pinned && transfer.request.verifySource && !sameGeneration(pinned, facts)) {
    throw new TransferError(
      'SourceChanged',
      `${sourceName(transfer.request.source)} was ${pinned.bytes} bytes with ETag ${pinned.etag}, and is ${facts.bytes} bytes with ETag ${facts.etag}: its parts no longer belong together.`,
    );
  }
  return pinned ?? facts;
}

function sameGeneration(pinned: ObjectFacts, now: ObjectFacts): boolean {
  return pinned.bytes === now.bytes && pinned.etag === now.etag;
}
