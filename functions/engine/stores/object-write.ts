import type { ObjectWrite } from '../../transfer/at-stores.ts';
import { type Carriage, carry } from '../../transfer/attributes/object-attributes.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { Source } from '../../transfer/request.ts';
import { generationOf, type ObjectFacts, type Transfer } from '../../transfer/transfer.ts';
import { sourceName } from '../../transfer/views/view.ts';
import { transferIdOf } from '../claim/identity.ts';

/**
 * Each object that we write has our id. If the answer to a Complete is lost, the id tells our object from another
 * program's.
 */
export const TRANSFER_ID_METADATA = 'partway-transfer';
/** The source and its generation, for overwrite: "if-different". */
export const GENERATION_METADATA = 'partway-source-etag';
export const SOURCE_METADATA = 'partway-source';
/** The S3 event's sequencer, so that a late event of an older version does not replace a newer one. */
export const SEQUENCER_METADATA = 'partway-sequencer';

/** What goes to the target: the place, what travels beside the bytes, and the condition. */
export function objectWrite(transfer: Transfer, profile: ProviderProfile): ObjectWrite {
  const { target, overwrite } = transfer.request;
  const { written } = carry(carriageOf(transfer, profile));
  return { target, ...written, checksum: transfer.uploadChecksum, onlyIfAbsent: overwrite === 'never' };
}

/** The same write for a key where our own object is already, since a condition would refuse even that. */
export function unconditionally(write: ObjectWrite, { overwriteGuard }: ProviderProfile): ObjectWrite {
  if (typeof overwriteGuard === 'string') return { ...write, onlyIfAbsent: false };
  const { [overwriteGuard.header]: _, ...addedHeaders } = write.addedHeaders ?? {};
  return { ...write, onlyIfAbsent: false, addedHeaders };
}

export function carriageOf(transfer: Transfer, profile: ProviderProfile): Carriage {
  return { request: transfer.request, source: transfer.source, profile, ours: ours(transfer) };
}

function ours({ transferId, request, source, sequencer }: Transfer): Record<string, string> {
  const generation = source && generationMark(source);
  return {
    [TRANSFER_ID_METADATA]: transferId,
    [SOURCE_METADATA]: sourceHash(request.source),
    ...(generation === undefined ? {} : { [GENERATION_METADATA]: generation }),
    ...(sequencer === undefined ? {} : { [SEQUENCER_METADATA]: sequencer }),
  };
}

// Stores read other text in different ways: they remove or join spaces, or change letters outside ASCII.
const PLAIN = /^[\x21-\x7e]+( [\x21-\x7e]+)*$/;
const MARK_BYTES_MAX = 256;

/** The generation as metadata can carry it to every store, and back. A web server may call it anything: then it is a hash. */
export function generationMark(facts: Pick<ObjectFacts, 'etag' | 'modified'>): string | undefined {
  const generation = generationOf(facts);
  const isPlain = generation === undefined || (PLAIN.test(generation) && generation.length <= MARK_BYTES_MAX);
  return isPlain ? generation : transferIdOf('generation', generation);
}

/** We write a hash, since the name may be a long URL, with words that nobody should read in metadata. */
export function sourceHash(source: Source): string {
  return transferIdOf('source', sourceName(source));
}
