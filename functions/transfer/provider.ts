import type { ErrorName } from './errors.ts';
import type { PartLimits } from './plan.ts';
import type { CannedAcl } from './values/canned-acls.ts';
import type { OtherCrc } from './values/checksums.ts';
import type { PartChecksum } from './values/part-checksum.ts';

/**
 * What is known of a kind of store, and how surely. `measured`: a test of ours measured the real store. `documented`:
 * the provider says it (or we read it in code that its users run). `guessed`: from general knowledge, or from what
 * similar stores do.
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
   * Where the bucket stands. `virtual-host-only`: the store refuses a bucket in the path, and so every name that fits
   * no host name.
   */
  readonly addressing: 'path' | 'virtual-host' | 'virtual-host-only';
  /** `required`: an endpoint over http:// is refused. If we only guess, we write `optional`, which refuses nobody. */
  readonly tls: 'required' | 'optional';
  /** Whether requests may have x-id, the query parameter in which AWS's SDK repeats the operation's name. */
  readonly takesOperationName: boolean;
  readonly part: PartLimits;
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
  /** A checksum of the whole object that the store computes by itself, and its header. */
  readonly ownChecksum: OwnChecksum | 'none';
  /** If it is false, only the checkpoint says which parts are there. */
  readonly listsParts: boolean;
  /** Where it is false, uploads that nobody remembers cannot be found; `exact-key` lists those of one whole key only. */
  readonly listsUploads: boolean | 'exact-key';
  /** Rows on a page of ListParts and ListMultipartUploads: when nothing is asked for, and at the most. */
  readonly listRows: { readonly default: number; readonly max: number };
  /** How a write is told to keep an object that is there. */
  readonly overwriteGuard: OverwriteGuard;
  /** Classes that the header x-amz-storage-class may name; `none`: the header is refused. */
  readonly storageClasses: readonly string[] | 'none';
  /** Those of them whose objects must be restored before they can be read: nothing of them can be read back. */
  readonly archiveClasses: readonly string[];
  /** Of user metadata with an object: names and values together, without the prefix of the headers. */
  readonly metadataBytesMax: number;
  /** Of one entry of it, or of their number; what is left out is not limited, as far as is known. */
  readonly metadataEntries: MetadataEntries;
  readonly takesTags: boolean;
  /** Those that x-amz-acl may name with an object; empty: it takes none. */
  readonly cannedAcls: readonly CannedAcl[];
  readonly takesEncryption: readonly ('AES256' | 'aws:kms')[];
  /** Where it is false a secret with a session token is refused before a byte moves; what is unknown is tried. */
  readonly takesSessionToken: boolean | 'unknown';
  /** Codes that mean something else here than in AWS's documentation, or that AWS does not have. */
  readonly errorCodes: Readonly<Record<string, ErrorName>>;
  /** What HEAD on a missing bucket may answer besides 404, where that status means nothing else. */
  readonly missingBucketStatus?: number;
};

/** What a reader of docs/providers.md is told, and no code obeys. */
export type ProviderNotes = {
  /** What requests are signed for, in words. */
  readonly signingRegion: string;
  /** All parts but the last must have one size. Ours always do; those of an upload that is adopted must as well. */
  readonly partsAreEqual: boolean;
  /** After how many days an unfinished upload vanishes by itself. */
  readonly uploadExpiryDays: number | 'never';
  /** Whether a Content-MD5 is compared with the body. Partway streams and sends none; for those who write their own client. */
  readonly comparesContentMd5: boolean;
  /** How it asks to slow down: a status, mostly with a code. */
  readonly throttles: readonly string[];
  /** How the provider's own SDK tells how it ended; left out where nobody is known to come from one. */
  readonly sdkStatuses?: readonly SdkStatus[];
};

/** What happened; how the SDK's user is told of it; the status of the S3 endpoint's answer, where there is one; our name for it. */
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

/** A provider as its file has it: what the engine obeys and what a reader is told, every field with its source. */
export type ProviderFacts = Pick<ProviderProfile, 'name' | 'title'> &
  Sourced<Omit<ProviderProfile, 'name' | 'title' | 'part'>> &
  Sourced<ProviderNotes> & { readonly part: Sourced<PartLimits> };

export const measured = <const T>(value: T, source: string): Fact<T> => ({ value, basis: 'measured', source });
export const documented = <const T>(value: T, source: string): Fact<T> => ({ value, basis: 'documented', source });
export const guessed = <const T>(value: T, source: string): Fact<T> => ({ value, basis: 'guessed', source });

/** The values that the engine obeys. It does not ask how sure they are, and the notes stay behind. */
export function profileOf(facts: ProviderFacts): ProviderProfile {
  const { name, title, part, ...rest } = facts;
  const { signingRegion, partsAreEqual, uploadExpiryDays, comparesContentMd5, throttles, sdkStatuses, ...obeyed } =
    rest;
  return { name, title, part: valuesOf(part), ...valuesOf(obeyed) } as ProviderProfile;
}

function valuesOf<T extends Readonly<Record<string, Fact<unknown>>>>(facts: T): { [Key in keyof T]: T[Key]['value'] } {
  return Object.fromEntries(Object.entries(facts).map(([key, fact]) => [key, fact.value])) as {
    [Key in keyof T]: T[Key]['value'];
  };
}
