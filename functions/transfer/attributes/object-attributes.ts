import type { ObjectWrite } from '../at-stores.ts';
import type { ProviderProfile } from '../provider.ts';
import type { NotCarried } from '../receipt.ts';
import type { TransferRequest } from '../request.ts';
import type { ContentHeaders, ObjectFacts } from '../transfer.ts';
import { httpDate } from '../values/http-date.ts';
import { faultOfTag, TAGS_MAX, type Tags } from '../values/tags.ts';
import { byName, carriedMetadata, headerText } from './object-metadata.ts';

/** Everything that decides which attributes are written beside the bytes. */
export type Carriage = {
  readonly request: TransferRequest;
  readonly source: ObjectFacts | undefined;
  /** The profile of the target. */
  readonly profile: ProviderProfile;
  /** Partway's own metadata, by which it recognizes its objects. */
  readonly ours: Readonly<Record<string, string>>;
};

/** What is written beside the bytes, and what the source has that is not written, with the reason. */
export type Carried = {
  readonly written: Omit<ObjectWrite, 'target' | 'checksum' | 'onlyIfAbsent'>;
  readonly notCarried: readonly NotCarried[];
};

export type Portion<T> = { readonly carried: T; readonly left: readonly NotCarried[] };

/** What the request asks for wins. The other attributes of the source are copied if the target takes them. */
export function carry(carriage: Carriage): Carried {
  const headers = contentHeaders(carriage);
  const metadata = carriedMetadata(carriage);
  const tags = carriedTags(carriage);
  const storageClass = carriedClass(carriage);
  const encryption = askedEncryption(carriage);
  const acl = askedAcl(carriage);
  return {
    written: {
      headers: headers.carried,
      metadata: metadata.carried,
      tags: tags.carried,
      acl: acl.carried,
      storageClass: storageClass.carried,
      encryption: encryption.carried,
      addedHeaders: carriage.request.headers,
    },
    notCarried: [headers, metadata, tags, acl, storageClass, encryption, { left: othersOf(carriage) }].flatMap(
      ({ left }) => left,
    ),
  };
}

/** The attributes of an upload that another program began. They cannot be changed any more. */
export function setByAnother(request: TransferRequest): NotCarried[] {
  const { metadata, tags, acl, storageClass, encryption, headers } = request;
  const why = 'the upload was adopted: the program that began it has set them, and nobody can change them';
  const asked = { ...askedHeaders(request), metadata, tags, acl, storageClass, encryption };
  const fields = Object.entries(asked).flatMap(([name, value]) => (value === undefined ? [] : name));
  const names = [...fields, ...Object.keys(headers ?? {}).map((name) => `header ${name}`)];
  return [
    { what: 'content headers, metadata, tags, ACL, storage class, encryption', why },
    ...(names.length === 0 ? [] : [{ what: `${names.join(', ')}, as asked for`, why }]),
  ];
}

function contentHeaders({ request, source }: Carriage): Portion<ContentHeaders> {
  const found = Object.entries(source?.headers ?? {}).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const asked = askedHeaders(request);
  const carried = found.filter((header) => faultOfHeader(header) === undefined).map(inPresentForm);
  const left = found.flatMap((header) => {
    const [what, why] = [header[0], faultOfHeader(header)];
    return why === undefined || what in asked ? [] : { what, why };
  });
  return { carried: { ...Object.fromEntries(carried), ...asked }, left };
}

// As much as a request may ask for. Servers limit all headers together, in most cases to 8 KiB.
const HEADER_BYTES_MAX = 1024;
const REDIRECT = 'x-amz-website-redirect-location';

/** The value as the target will show it. */
function inPresentForm([name, value]: readonly [string, string]): [string, string] {
  return [name, name === 'expires' ? (httpDate(value)?.toUTCString() ?? value) : value];
}

function faultOfHeader([name, value]: readonly [string, string]): string | undefined {
  if (!headerText.test(value)) return 'a header can have only printable ASCII; ask for another value';
  if (value.length > HEADER_BYTES_MAX)
    return `it has ${value.length} bytes, and Partway carries at most ${HEADER_BYTES_MAX}; ask for another value`;
  const isNone = name === 'expires' && httpDate(value) === undefined;
  return isNone ? `S3 takes only a date, and the source has "${value}"` : undefined;
}

function askedHeaders(request: TransferRequest): ContentHeaders {
  const { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires } = request;
  const headers = { contentType, cacheControl, contentDisposition, contentEncoding, contentLanguage, expires };
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
}

function carriedTags({ request, source, profile }: Carriage): Portion<Tags | undefined> {
  const { tags = {}, tagCount, tagsUnread } = source ?? {};
  const keys = Object.keys(tags).sort();
  const what = tagsUnread === undefined ? `tags ${keys.join(', ')}` : tagCount === 1 ? '1 tag' : `${tagCount} tags`;
  const hasAny = keys.length > 0 || tagsUnread !== undefined;
  if (!profile.takesTags)
    return { carried: undefined, left: hasAny ? [{ what, why: `${profile.title} takes no tags` }] : [] };
  const left: NotCarried[] = tagsUnread === undefined ? [] : [{ what, why: tagsUnread }];
  const carried: Record<string, string> = { ...request.tags };
  for (const [key, value] of Object.entries(tags).sort(byName)) {
    if (Object.hasOwn(carried, key)) continue;
    const full = Object.keys(carried).length >= TAGS_MAX ? `an object has at most ${TAGS_MAX} tags` : undefined;
    const fault = faultOfTag(key, value) ?? full;
    if (fault === undefined) carried[key] = value;
    else left.push({ what: `tag ${key}`, why: fault });
  }
  return { carried: Object.keys(carried).length === 0 ? undefined : carried, left };
}

/** Every store takes STANDARD if the request names no class. */
function carriedClass({ request, source, profile }: Carriage): Portion<string | undefined> {
  const { storageClasses, title } = profile;
  const found = source?.storageClass;
  if (request.storageClass !== undefined) return { carried: request.storageClass, left: [] };
  if (found === undefined || found === 'STANDARD') return { carried: undefined, left: [] };
  if (request.verify === 'read-back' && profile.archiveClasses.includes(found)) {
    const why = `the request asks for verify "read-back", and ${title} reads no object of this class before it is restored; to get the class, ask for it with \`storageClass\`, and without reading back`;
    return { carried: undefined, left: [{ what: `storage class ${found}`, why }] };
  }
  const isKnown = storageClasses !== 'none' && storageClasses.includes(found);
  if (isKnown) return { carried: found, left: [] };
  const why =
    storageClasses === 'none'
      ? `${title} takes no storage class in a request`
      : `${title} has no such class for objects; ask for one of ${storageClasses.join(', ')} with \`storageClass\``;
  return { carried: undefined, left: [{ what: `storage class ${found}`, why }] };
}

/**
 * We do not copy the encryption of the source. A header would override what the owner of the target's bucket has set
 * up, for instance a key. And nobody has chosen AES256: AWS reports it for every object.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
 */
function askedEncryption({ request, source, profile }: Carriage): Portion<TransferRequest['encryption']> {
  const found = source?.encryption;
  if (request.encryption || found === undefined || isLeftToBucket({ request, source, profile }))
    return { carried: request.encryption, left: [] };
  const why = found.startsWith('aws:kms')
    ? 'the key belongs to the account of the source; name a key of the target with `encryption`'
    : `${profile.title} takes no such header, and encrypts as its own settings say`;
  return { carried: undefined, left: [{ what: `encryption ${found}`, why }] };
}

/**
 * Whether we leave AES256 to the bucket of the target. The store may encrypt by itself. What it shows afterwards tells
 * whether it did.
 */
export function isLeftToBucket({ request, source, profile }: Omit<Carriage, 'ours'>): boolean {
  return !request.encryption && source?.encryption === 'AES256' && profile.takesEncryption.includes('AES256');
}

/**
 * Partway never reads grants. They name accounts of their own store. In another store these names mean nothing, or
 * somebody else.
 */
function askedAcl({ request }: Carriage): Portion<TransferRequest['acl']> {
  if (request.acl !== undefined || !('endpoint' in request.source)) return { carried: request.acl, left: [] };
  const why = 'Partway does not read it, since grants name accounts of the source store; ask for an ACL with `acl`';
  return { carried: undefined, left: [{ what: 'ACL', why }] };
}

/** A lock and a redirect belong to the place of the source. Somebody who wants one at the target asks for it. */
function othersOf({ source, request }: Carriage): NotCarried[] {
  const isAsked = request.headers?.[REDIRECT] !== undefined;
  return (source?.others ?? []).flatMap((what) => {
    if (what !== 'website redirect') return [{ what, why: 'Partway does not carry it' }];
    return isAsked ? [] : [{ what, why: `Partway does not carry it; ask for one with \`headers.${REDIRECT}\`` }];
  });
}
