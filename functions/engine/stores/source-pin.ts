import { isNamed, TransferError } from '../../transfer/errors.ts';
import type { ClientSource } from '../../transfer/request.ts';
import { partsCopiedInStore } from '../../transfer/server-copy.ts';
import { type CopiedPart, generationOf, type ObjectFacts, type Transfer } from '../../transfer/transfer.ts';
import { sourceName } from '../../transfer/views/view.ts';
import type { Ports, SourceStore } from '../ports/ports.ts';
import { openSource } from './kept-url.ts';

/**
 * Looks at the source, and compares it with the generation that was planned for. Throws SourceMissing, SourceChanged,
 * NotAllowed if the object is archived, and InvalidRequest if nothing tells one generation from the next.
 */
export async function inspectSource(ports: Ports, transfer: Transfer): Promise<ObjectFacts> {
  const { request, source: pinned } = transfer;
  // Nobody but the client can look at its bytes.
  if ('client' in request.source) return pinned ?? factsOfClient(request.source);
  const name = sourceName(request.source);
  const facts = await lookAt(await openSource(ports, transfer), pinned);
  if (!facts) throw new TransferError(pinned ? 'SourceChanged' : 'SourceMissing', `There is no object ${name}.`);
  // The pinned object may have been archived since. If all its parts are copied, we read nothing more.
  if (!pinned && facts.archived !== undefined)
    throw new TransferError('NotAllowed', `${name} cannot be read: ${facts.archived}.`);
  if (!request.verifySource) return pinned ?? facts;
  if (generationOf(facts) === undefined) {
    throw new TransferError(
      'InvalidRequest',
      `${name} has neither ETag nor date, so Partway could not see a change. To copy it all the same, ask with \`verifySource: false\`.`,
    );
  }
  if (pinned && (pinned.bytes !== facts.bytes || generationOf(pinned) !== generationOf(facts))) {
    throw new TransferError(
      'SourceChanged',
      `${name} had ${told(pinned)} when the copy was planned, and has ${told(facts)} now. Parts of both do not belong together.`,
    );
  }
  return pinned ?? facts;
}

/** A source that is gone has changed, if it was there when the copy was planned. */
async function lookAt(source: SourceStore, pinned: ObjectFacts | undefined): Promise<ObjectFacts | undefined> {
  return source.inspect().catch((error) => {
    if (!pinned || !isNamed(error, 'SourceMissing')) throw error;
    throw new TransferError('SourceChanged', error.message, { cause: error });
  });
}

/**
 * What a client says about the bytes that it pushes. Nobody knows the length of a stream before its end. Throws
 * InvalidRequest.
 */
export function factsOfClient({ client }: ClientSource): ObjectFacts {
  const { name, bytes } = client;
  if (bytes !== undefined) return { bytes, etag: undefined, headers: {}, metadata: {} };
  throw new TransferError('InvalidRequest', `The length of ${name} is not known before the client has sent all of it.`);
}

/**
 * Looks at the source once more when all parts are there. Some stores copy whatever the source is at that time, even if
 * the request names the generation. Parts that were all copied from the pinned generation stay valid, whatever happens
 * to the source later. Throws SourceChanged.
 */
export async function holdCopiesToPin(ports: Ports, transfer: Transfer, copied: readonly CopiedPart[]): Promise<void> {
  const areAllThere = copied.length === transfer.plan?.partCount;
  if (areAllThere && transfer.request.verifySource && partsCopiedInStore(copied).length > 0)
    await inspectSource(ports, transfer);
}

function told(facts: ObjectFacts): string {
  return `${facts.bytes} bytes (${generationOf(facts)})`;
}
