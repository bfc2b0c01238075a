import type { ErrorName } from './errors.ts';
import type { PartLimits } from './plan.ts';
import type { CannedAcl } from './values/canned-acls.ts';
import type { OtherCrc } from './values/checksums.ts';
import type { CorsRules } from './values/cors-rules.ts';
import type { PartChecksum } from './values/part-checksum.ts';

/**
 * What we know about a kind of store, and how sure we are. `measured`: a test of ours measured the real store.
 * `documented`: the provider says it (or we read it in code that its users run). `guessed`: from general knowledge, or
 * from what similar stores do.
 */
export type Basis = 'measured' | 'documented' | 'guessed';
export type Fact<T> = { readonly value: T; readonly basis: Basis; readonly source: string };

/**
 * A kind of store, as data. If code anywhere branches on a provider's name, a field is missing here. Sizes are in
 * bytes.
 */
export type ProviderProfile = {
  readonly name: string;
  /** The name that people use. */
  readonly title: string;
  /** The URL, with <region> in place of the region, or with a placeholder for the user's own host. */
  readonly endpoint: string;
  /**
   * Where a request names the bucket. `virtual-host-only`: the store refuses a bucket in the path, so a bucket whose
   * name does not fit into a host name cannot be used.
   */
  readonly addressing: 'path' | 'virtual-host' | 'virtual-host-only';
  /** `required`: an endpoint over http:// is refused. If we only guess, we write `optional`, which refuses nobody. */
  readonly tls: 'required' | 'optional';
  /** Whether requests may have x-id, the query parameter in which AWS's SDK repeats the operation's name. */
  readonly takesOperationName: boolean;
  readonly part: PartLimits;
  /** All parts but the last must have one size. The parts of a stream grow where they may. */
  readonly partsAreEqual: boolean;
  /** The largest object that one CopyObject takes. */
  readonly copyObjectBytesMax: number;
  /** Whether UploadPartCopy works between buckets of one endpoint. */
  readonly copiesParts: boolean;
  /** `md5`: UploadPart answers with the MD5 of the part, which proves each part. `opaque`: the ETag says nothing. */
  readonly partEtag: 'md5' | 'opaque';
  /** `md5-of-md5s`: we can compute the finished object's ETag from those of its parts. */
  readonly objectEtag: 'md5-of-md5s' | 'opaque';
  /** What the store does with x-amz-checksum-* headers. HEAD asks for them if the store does not refuse them. */
  readonly checksumHeaders: 'taken' | 'ignored' | 'refused' | 'unknown';
  /**
   * How the store takes a checksum with a part's bytes. An endpoint that is not AWS itself gets none, unless it asks
   * for them.
   */
  readonly partChecksum: PartChecksum;
  /**
   * Whether the store compares a Content-MD5 with the bytes. Partway itself sends none, because it streams. Clients that
   * push may have it signed.
   */
  readonly comparesContentMd5: boolean;
  /** A checksum of the whole object that the store computes by itself, and its header. */
  readonly ownChecksum: OwnChecksum | 'none';
  /** If it is false, only the checkpoint says which parts are there. */
  readonly listsParts: boolean;
  /**
   * `false`: nobody can find uploads that were forgotten. `exact-key`: the store lists only the uploads of one whole
   * key.
   */
  readonly listsUploads: boolean | 'exact-key';
  /** Rows on a page of ListParts and ListMultipartUploads: by default, and at most. */
  readonly listRows: { readonly default: number; readonly max: number };
  /** How a write tells the store not to replace an object. */
  readonly overwriteGuard: OverwriteGuard;
  /** The classes that the header x-amz-storage-class may name. `none`: the store refuses the header. */
  readonly storageClasses: readonly string[] | 'none';
  /**
   * The storage classes whose objects must be restored before anybody can read them. Such objects cannot be read back.
   */
  readonly archiveClasses: readonly string[];
  /** The most user metadata of one object: names and values together, without the prefix of the headers. */
  readonly metadataBytesMax: number;
  /** The limits of one entry of metadata, and of the number of entries. If a limit is left out, we know of none. */
  readonly metadataEntries: MetadataEntries;
  readonly takesTags: boolean;
  /** The canned ACLs that x-amz-acl may name for an object. Empty: the store takes none. */
  readonly cannedAcls: readonly CannedAcl[];
  readonly takesEncryption: readonly ('AES256' | 'aws:kms')[];
  /** `false`: Partway refuses a secret with a session token before a byte moves. `unknown`: Partway tries it. */
  readonly takesSessionToken: boolean | 'unknown';
  /** How its buckets are told which web pages may send into them. */
  readonly corsRules: CorsRules;
  /** Error codes that AWS does not have, or that mean something else here. */
  readonly errorCodes: Readonly<Record<string, ErrorName>>;
  /** Whether the store refuses a request whose x-amz-expected-bucket-owner is not the bucket's. */
  readonly comparesBucketOwner?: boolean;
  /** `false`: the store fails on keys with characters that XML 1.0 cannot write, and is harmed by them. */
  readonly takesKeysBeyondXml?: boolean;
  /** A status besides 404 that HEAD of a bucket answers only if the bucket is missing. */
  readonly missingBucketStatus?: number;
};

/** What docs/providers.md tells its readers. No code uses it. */
export type ProviderNotes = {
  /** The region that requests are signed for, in words. */
  readonly signingRegion: string;
  /** After how many days the store removes an unfinished upload by itself. */
  readonly uploadExpiryDays: number | 'never';
  /** How the store asks to slow down: a status, in most cases with a code. */
  readonly throttles: readonly string[];
  /** How the provider's own SDK tells its result. Left out if we do not know anybody who comes from that SDK. */
  readonly sdkStatuses?: readonly SdkStatus[];
};

/**
 * `when`: what happened. `told`: how the SDK tells its user. `status`: the status that the S3 endpoint answers, if it
 * answers. `name`: our name for it.
 */
export type SdkStatus = {
  readonly when: 'success' | 'abort' | 'missing bucket' | 'wrong secret' | 'wrong key' | 'no answer';
  readonly told: string;
  readonly status: number | undefined;
  readonly name: ErrorName | 'copied' | 'aborted';
};

export type MetadataEntries = {
  readonly countMax?: number;
  readonly nameBytesMax?: number;
  readonly valueBytesMax?: number;
  /** `false`: a name has letters, digits and "-" only. */
  readonly underscores?: false;
};
export type OwnChecksum = { readonly header: string; readonly algorithm: OtherCrc };
export type OverwriteGuard = 'none' | 'if-none-match' | { readonly header: string; readonly value: string };

type Sourced<T> = { readonly [Field in keyof T]: Fact<NonNullable<T[Field]>> };

/** A provider as its file describes it: what the engine uses, and what readers are told. Each field has its source. */
export type ProviderFacts = Pick<ProviderProfile, 'name' | 'title'> &
  Sourced<Omit<ProviderProfile, 'name' | 'title' | 'part'>> &
  Sourced<ProviderNotes> & { readonly part: Sourced<PartLimits> };

export const measured = <const T>(value: T, source: string): Fact<T> => ({ value, basis: 'measured', source });
export const documented = <const T>(value: T, source: string): Fact<T> => ({ value, basis: 'documented', source });
export const guessed = <const T>(value: T, source: string): Fact<T> => ({ value, basis: 'guessed', source });

/** The values that the engine uses, without the notes for readers, and without the sources. */
export function profileOf(facts: ProviderFacts): ProviderProfile {
  const { name, title, part, ...rest } = facts;
  const { signingRegion, uploadExpiryDays, throttles, sdkStatuses, ...used } = rest;
  return { name, title, part: valuesOf(part), ...valuesOf(used) } as ProviderProfile;
}

function valuesOf<T extends Readonly<Record<string, Fact<unknown>>>>(facts: T): { [Key in keyof T]: T[Key]['value'] } {
  return Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, fact.value])) as {
    [Key in keyof T]: T[Key]['value'];
  };
}
