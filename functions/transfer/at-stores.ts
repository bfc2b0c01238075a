import type { TransferRequest } from './request.ts';
import type { ContentHeaders, ObjectAddress } from './transfer.ts';
import type { UploadChecksum } from './upload-checksum.ts';
import type { Tags } from './values/tags.ts';

/** What is to be written at the target beside the bytes. */
export type ObjectWrite = {
  readonly target: ObjectAddress;
  readonly headers: ContentHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  readonly storageClass: string | undefined;
  readonly tags?: Tags | undefined;
  readonly acl?: TransferRequest['acl'];
  readonly encryption?: TransferRequest['encryption'];
  /** Of the upload, or of the object that is sent as one request; the store is told which when the upload is begun. */
  readonly checksum?: UploadChecksum | undefined;
  /** Refuse where an object is already there, as far as the provider can. */
  readonly onlyIfAbsent: boolean;
};

export type PartWrite = {
  readonly target: ObjectAddress;
  readonly uploadId: string;
  readonly partNumber: number;
  readonly bytes: number;
  /** With which the upload was begun. */
  readonly checksum?: UploadChecksum | undefined;
};

export type PartAtTarget = { readonly partNumber: number; readonly bytes: number; readonly etag: string };

export type OpenUpload = { readonly key: string; readonly uploadId: string; readonly initiatedAtMs: number };

/** Where a list of uploads goes on, by the two markers that S3 has for it; empty at the beginning. */
export type UploadMarkers = { readonly keyMarker?: string | undefined; readonly uploadIdMarker?: string | undefined };

export type OpenUploads = { readonly uploads: readonly OpenUpload[]; readonly next: UploadMarkers | undefined };

/** What the target answered to bytes. `etagIsMd5`: the ETag is the MD5 of what it received; under KMS it is not. */
export type WriteAnswer = { readonly etag: string; readonly etagIsMd5: boolean };

/** What a store copies by itself: an object of its own, and the generation that it is held to. */
export type CopySource = {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  /** The pinned one; `undefined` takes what is there. Some stores do not look at it, so the source is looked at afterwards. */
  readonly etag: string | undefined;
};

/**
 * What was told of a failure. `code` is the store's (AccessDenied), or Node's of its network (ECONNREFUSED), or ours where
 * nothing was sent. There is a status only if there was an answer.
 */
export type Said = { readonly code: string; readonly status?: number | undefined };

/** The code of an answer without a code: a gateway's page, for instance. */
export const NOT_AS_S3 = 'not as S3 answers';
