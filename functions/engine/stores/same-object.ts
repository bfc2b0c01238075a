import { type ObjectFacts, type Transfer, targetName } from '../../transfer/transfer.ts';
import { crcNames, crcOf, crcs } from '../../transfer/values/checksums.ts';
import { sizeText } from '../../transfer/values/sizes.ts';
import { GENERATION_METADATA, generationMark, SOURCE_METADATA, sourceHash } from './object-write.ts';

/** Whether the target holds the source's bytes already, in words: by what it is the same object, or why it is not. */
export type Comparison = { readonly same: string } | { readonly differs: string };

/**
 * For "if-different". Two objects are the same only if their sizes are, and a checksum that both stores publish, or the
 * ETag. A date proves nothing. ETags of multipart uploads depend on how the object was cut, so different ETags do not
 * show that the bytes differ. If nothing can be compared, the object is copied.
 */
export function compareObjects(transfer: Transfer, source: ObjectFacts, present: ObjectFacts): Comparison {
  if (present.bytes !== source.bytes)
    return { differs: `it has ${sizeText(present.bytes)}, and the source has ${sizeText(source.bytes)}` };
  const all = comparisons(transfer, source, present);
  return (
    all.find((each) => 'differs' in each) ??
    all[0] ?? {
      differs: `it has the size of the source, but nothing else can be compared: ${whatIsMissing(transfer, source, present)}`,
    }
  );
}

function comparisons(transfer: Transfer, source: ObjectFacts, present: ObjectFacts): Comparison[] {
  return [
    ...byCrcs(source, present),
    ...byOurMetadata(transfer, source, present),
    ...byEtag(transfer, source, present),
  ];
}

function byCrcs(source: ObjectFacts, present: ObjectFacts): Comparison[] {
  return crcNames.flatMap((name): Comparison[] => {
    const [ofSource, ofTarget] = [crcOf(name, source), crcOf(name, present)];
    if (ofSource === undefined || ofTarget === undefined) return [];
    const { title } = crcs[name];
    return [
      ofSource === ofTarget
        ? { same: `it has the source's size and ${title}` }
        : { differs: `its ${title} is not the source's` },
    ];
  });
}

/** What Partway wrote into the metadata when it copied the object. No other program can have had the same source. */
function byOurMetadata({ request }: Transfer, source: ObjectFacts, { metadata }: ObjectFacts): Comparison[] {
  if (!request.verifySource || source.etag === undefined || metadata[SOURCE_METADATA] !== sourceHash(request.source))
    return [];
  return [
    metadata[GENERATION_METADATA] === generationMark(source)
      ? { same: 'it has the size of the source, and Partway copied it from the source with this ETag' }
      : { differs: 'it was copied from another generation of this source' },
  ];
}

/** The MD5 of an object, or of its parts' MD5s. Two stores come to the same one only by the same bytes. */
const isHash = /^[0-9a-f]{32}(-\d+)?$/i;

function byEtag({ request }: Transfer, source: ObjectFacts, present: ObjectFacts): Comparison[] {
  if (!request.verifySource || source.etag === undefined || !isHash.test(source.etag)) return [];
  return source.etag.toLowerCase() === present.etag?.toLowerCase()
    ? [{ same: "it has the source's size and ETag" }]
    : [];
}

function whatIsMissing({ request }: Transfer, { etag }: ObjectFacts, present: ObjectFacts): string {
  if (!request.verifySource) return '`verifySource` is off, so its ETag does not count';
  if (etag === undefined) return 'the source has no ETag';
  const another = etag.includes('-') || present.etag?.includes('-') ? ', which can be of other parts,' : '';
  return `another ETag${another} says nothing of the bytes, and ${targetName(request.target)} was not copied from this source by Partway`;
}
