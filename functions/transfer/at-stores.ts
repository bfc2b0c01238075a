import type { UploadChecksum } from './proof.ts';
import type { TransferRequest } from './request.ts';
import type { ContentHeaders, ObjectAddress } from './transfer.ts';
import type { AddedHeaders } from './values/added-headers.ts';
import type { Tags } from './values/tags.ts';

/** What to write at the target beside the bytes. */
export type ObjectWrite = {
  readonly target: ObjectAddress;
  readonly headers: ContentHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string | undefined;
  readonly tags?: Tags | undefined;
  readonly acl?: TransferRequest['acl'];
  readonly encryption?: TransferRequest['encryption'];
  /** What the request adds to those requests that create the object. */
  readonly addedHeaders?: AddedHeaders | undefined;
  /**
   * The checksum of the upload, or of the object that goes as one request. The store is told the type when the upload
   * begins.
   */
  readonly checksum?: UploadChecksum | undefined;
  /** Refuse if an object is already there, as far as the provider can. */
  readonly onlyIfAbsent: boolean;
};

export type PartWrite = {
  readonly target: ObjectAddress;
  readonly uploadId: string;
  readonly partNumber: number;
  readonly bytes: number;
  /** The checksum with which the upload was begun. */
  readonly checksum?: UploadChecksum | undefined;
};

export type PartAtTarget = { readonly partNumber: number; readonly bytes: number; readonly etag: string };

export type OpenUpload = { readonly key: string; readonly uploadId: string; readonly initiatedAtMs: number };

/** Where a list of uploads continues, by S3's two markers. Empty at the beginning. */
export type UploadMarkers = { readonly keyMarker?: string | undefined; readonly uploadIdMarker?: string | undefined };

export type OpenUploads = { readonly uploads: readonly OpenUpload[]; readonly next: UploadMarkers | undefined };

/**
 * The target's answer to the bytes. `etagIsMd5`: the ETag is the MD5 of what the target received. Under KMS it is not.
 */
export type WriteAnswer = { readonly etag: string; readonly etagIsMd5: boolean };

/** What a store copies by itself: one of its own objects, and the generation that it must have. */
export type CopySource = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /**
   * The pinned generation. `undefined` takes what is there. Some stores ignore it, so we look at the source afterwards.
   */
  readonly etag: string | undefined;
};

/** The code for an answer without a code, for instance a gateway's page. */
export const NOT_AS_S3 = 'not as S3 answers';

/** The code for an answer that has another range than the one that was asked for. */
export const OTHER_RANGE = 'another range';
