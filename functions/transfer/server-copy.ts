import type { ProviderProfile } from './provider.ts';
import type { CopiedInStore } from './receipt.ts';
import type { TransferRequest } from './request.ts';
import type { CopiedPart, ObjectFacts, Transfer } from './transfer.ts';

export type CopyQuestion = {
  readonly request: TransferRequest;
  readonly source: ObjectFacts;
  readonly profile: ProviderProfile;
  readonly method: 'whole' | 'parts';
};

/** Whether the store copies by itself, so that no byte passes through us, and the rule that says so. */
export type CopyDecision = { readonly copiesInStore: boolean; readonly because: string };

/**
 * Decides whether the store copies by itself. It may if source and target are at one endpoint, and its kind can:
 * CopyObject copies an object that goes as one request, and UploadPartCopy copies parts.
 */
export function decideServerCopy(question: CopyQuestion): CopyDecision {
  const against =
    reasonAgainst(question) ?? (question.method === 'whole' ? againstWhole(question) : againstParts(question));
  if (against !== undefined) return { copiesInStore: false, because: against };
  const { profile, method } = question;
  const what = method === 'whole' ? `objects of up to ${profile.copyObjectBytesMax} bytes` : 'parts';
  return { copiesInStore: true, because: `source and target are at one endpoint, and ${profile.title} copies ${what}` };
}

function reasonAgainst({ request, source }: CopyQuestion): string | undefined {
  if (!('endpoint' in request.source)) return 'the source is a URL';
  if (request.source.endpoint !== request.target.endpoint) return 'source and target are at different endpoints';
  if (request.serverSideCopy === 'never') return 'the request asks for serverSideCopy "never"';
  // Of the other program's parts we know only the ETags. The parts that we add pass through us, so that we know their
  // checksums.
  if (request.resumeFrom) return 'another program began the upload, so Partway adds only bytes that it has seen';
  if (source.bytes === 0) return 'an empty object has nothing to copy';
  // A date is exact only to a second. When we read, we compare it with each answer. A copy inside the store cannot be
  // compared like that.
  if (request.verifySource && source.etag === undefined)
    return 'the source has no ETag, so the store could not check which generation it copies';
  return undefined;
}

function againstWhole({ request, source, profile }: CopyQuestion): string | undefined {
  const { copyObjectBytesMax, title } = profile;
  if (copyObjectBytesMax === 0) return `Partway does not know how ${title}'s CopyObject behaves`;
  if (source.bytes > copyObjectBytesMax) return `${title} copies at most ${copyObjectBytesMax} bytes in one request`;
  // The overwrite guards in the profiles are those of PutObject and Complete.
  if (request.overwrite === 'never') return 'CopyObject may ignore overwrite "never"';
  return undefined;
}

function againstParts({ profile: { copiesParts, listsParts, title } }: CopyQuestion): string | undefined {
  if (!copiesParts) return `${title} does not copy parts, or does not check the generation of the source`;
  // If a range goes past the end, some stores copy everything and answer 200. Then only the list of parts tells the
  // length of the copy.
  if (!listsParts) return `${title} cannot list parts, so nobody could check the length of a copied part`;
  return undefined;
}

/** The parts that the store copied by itself. */
export function partsCopiedInStore(parts: readonly CopiedPart[]): CopiedPart[] {
  return parts.filter(({ copiedInStore }) => copiedInStore === true);
}

/** For the receipt of a transfer that the store was to copy: how much it copied, and why not the rest. */
export function inStore(transfer: Transfer, parts: readonly CopiedPart[]): CopiedInStore | undefined {
  if (!transfer.copiesInStore) return undefined;
  const copied = partsCopiedInStore(parts);
  const bytes = copied.reduce((sum, part) => sum + part.bytes, 0);
  const isAll = copied.length === parts.length;
  const whyNot = transfer.copyRefused ?? (isAll ? undefined : 'the store copied no part in one round');
  return { parts: copied.length, bytes, whyNot };
}
