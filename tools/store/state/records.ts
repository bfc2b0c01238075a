import type { ChecksumAlgorithm, Checksums, ChecksumType } from './checksums.ts';

/** Bytes on disk, in one file that never changes, and the checksums that the store computed while they came in. */
export type Piece = {
  readonly file: string;
  readonly bytes: number;
  readonly md5: string;
  readonly checksums: Checksums;
};

export type Part = Piece & { readonly partNumber: number; readonly modified: string };

/** What a client says about an object when it creates it, and reads back in the headers. */
export type Description = {
  /** Content-Type, Cache-Control and similar headers, by their names. */
  readonly headers: Readonly<Record<string, string>>;
  /** x-amz-meta-*, without the prefix. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly storageClass: string;
  readonly encryption?: string;
  readonly keyId?: string;
};

export type Tag = { readonly key: string; readonly value: string };

export type ObjectChecksum = {
  readonly algorithm: ChecksumAlgorithm;
  readonly type: ChecksumType;
  readonly value: string;
};

/** An object is a list of pieces. If it was uploaded in parts, it has the id of its upload. */
export type StoredObject = {
  readonly key: string;
  /** With quotes, as in headers. */
  readonly etag: string;
  readonly bytes: number;
  readonly modified: string;
  readonly sequencer: string;
  readonly description: Description;
  readonly checksum?: ObjectChecksum;
  readonly parts: readonly Part[];
  /** The store needs it to answer a repeated CompleteMultipartUpload, and to know at the next start that the upload is over. */
  readonly uploadId?: string;
};

export type Upload = {
  readonly uploadId: string;
  readonly bucketName: string;
  readonly key: string;
  readonly initiated: string;
  readonly description: Description;
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType };
};

export type OpenUpload = Upload & { readonly parts: Map<number, Part> };

export type BucketRecord = {
  readonly name: string;
  readonly created: string;
  /** The lifecycle document as the client sent it. The store returns it, but does not apply it. */
  readonly lifecycle?: string;
  /** The CORS document as the client sent it. */
  readonly cors?: string;
};

export type Bucket = {
  record: BucketRecord;
  readonly objects: Map<string, StoredObject>;
  readonly uploads: Map<string, OpenUpload>;
};
