import type { Fact, ProviderFacts } from '../../functions/transfer/provider.ts';
import * as words from './words.ts';

/** A fact in words, for a cell of the table. `field` is its name in the profile. */
export type WrittenFact = {
  readonly field: string;
  readonly label: string;
  readonly text: string;
  readonly basis: Fact<unknown>['basis'];
  readonly source: string;
};

/** Every fact of a provider, in the order of the page. */
export function writtenFacts(facts: ProviderFacts): WrittenFact[] {
  const { part } = facts;
  return [
    written('endpoint', 'endpoint', facts.endpoint, (url) => (url.startsWith('http') ? `\`${url}\`` : url)),
    written('signingRegion', 'requests are signed for', facts.signingRegion, String),
    written('addressing', 'addressing', facts.addressing, words.addressingText),
    written('tls', 'TLS', facts.tls, String),
    written('takesOperationName', 'takes `x-id` in the query', facts.takesOperationName, words.yesOrNo),
    written('part.partBytesMin', 'smallest part', part.partBytesMin, words.exactLimitText),
    written('part.partBytesMax', 'largest part', part.partBytesMax, words.exactLimitText),
    written('part.partCountMax', 'parts of an object', part.partCountMax, words.countText),
    written('part.objectBytesMax', 'largest object', part.objectBytesMax, (bytes) => objectText(bytes, part)),
    written('part.singleRequestBytesMax', 'largest single request', part.singleRequestBytesMax, words.exactLimitText),
    written('partsAreEqual', 'all parts except the last have one size', facts.partsAreEqual, words.mustText),
    written('copyObjectBytesMax', 'largest CopyObject', facts.copyObjectBytesMax, words.copyText),
    written('copiesParts', 'UploadPartCopy', facts.copiesParts, words.yesOrNo),
    written('partEtag', "a part's ETag", facts.partEtag, words.etagText),
    written('objectEtag', "a multipart object's ETag", facts.objectEtag, words.etagText),
    written('checksumHeaders', '`x-amz-checksum-*` headers', facts.checksumHeaders, String),
    written('partChecksum', 'checksum with the bytes of a part', facts.partChecksum, words.partChecksumText),
    written('ownChecksum', 'checksum that the store publishes', facts.ownChecksum, words.checksumText),
    written('listsParts', 'lists parts', facts.listsParts, words.yesOrNo),
    written('listsUploads', 'lists uploads', facts.listsUploads, words.uploadListText),
    written('listRows', 'rows on a page of a list', facts.listRows, words.rowsText),
    written('overwriteGuard', 'guard against overwriting', facts.overwriteGuard, words.guardText),
    written('storageClasses', 'storage classes', facts.storageClasses, words.classesText),
    written(
      'archiveClasses',
      'archive classes (objects must be restored before reading)',
      facts.archiveClasses,
      words.listText,
    ),
    written('metadataBytesMax', 'most user metadata', facts.metadataBytesMax, words.exactLimitText),
    written('metadataEntries', 'entries of metadata', facts.metadataEntries, words.entriesText),
    written('takesTags', 'tags', facts.takesTags, words.yesOrNo),
    written('cannedAcls', 'canned ACLs', facts.cannedAcls, words.listText),
    written('takesEncryption', 'encryption by header', facts.takesEncryption, words.listText),
    written('takesSessionToken', 'session tokens', facts.takesSessionToken, words.tokenText),
    written('corsRules', 'rules for web pages', facts.corsRules, words.corsText),
    written('uploadExpiryDays', 'unfinished uploads expire', facts.uploadExpiryDays, words.expiryText),
    written('comparesContentMd5', 'compares a Content-MD5', facts.comparesContentMd5, words.yesOrNo),
    written('throttles', 'throttles with', facts.throttles, words.throttlesText),
    written('errorCodes', 'error codes', facts.errorCodes, words.codesText),
    ...rareFacts(facts),
  ];
}

/** Facts that only some providers have. */
function rareFacts({
  missingBucketStatus,
  takesKeysBeyondXml,
  comparesBucketOwner,
  sdkStatuses,
}: ProviderFacts): WrittenFact[] {
  const rare: WrittenFact[] = [];
  if (missingBucketStatus)
    rare.push(written('missingBucketStatus', 'HEAD on a missing bucket', missingBucketStatus, words.missingBucketText));
  if (takesKeysBeyondXml)
    rare.push(written('takesKeysBeyondXml', 'keys that XML cannot write', takesKeysBeyondXml, words.takenText));
  if (comparesBucketOwner)
    rare.push(written('comparesBucketOwner', 'compares `expectedBucketOwner`', comparesBucketOwner, words.yesOrNo));
  if (sdkStatuses) rare.push(written('sdkStatuses', 'how its own SDK reports an end', sdkStatuses, words.statusesText));
  return rare;
}

function written<T>(field: string, label: string, { value, basis, source }: Fact<T>, inWords: (value: T) => string) {
  return { field, label, text: inWords(value), basis, source };
}

/** The largest object. If the largest parts together hold less than the store's own limit, that is the limit. */
function objectText(objectBytesMax: number, { partBytesMax, partCountMax }: ProviderFacts['part']): string {
  const heldBytes = partBytesMax.value * partCountMax.value;
  const largest = words.exactLimitText(Math.min(heldBytes, objectBytesMax));
  return heldBytes < objectBytesMax ? `${largest}, as much as its parts can hold` : largest;
}
