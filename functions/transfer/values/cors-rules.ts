/** How the buckets of a kind of store are told which web pages may send into them. */
export type CorsRules = {
  /**
   * `s3`: JSON, as AWS's tools take it. `xml`: the same rules as XML. `gcs` and `qingstor`: JSON of their own. `none`: a
   * bucket has no rules, and `how` says what decides instead.
   */
  readonly form: 's3' | 'xml' | 'gcs' | 'qingstor' | 'none';
  /** Whether * stands for every header that a page may send. Otherwise each one is named. */
  readonly takesStar: boolean;
  /** How the bucket gets them, in words or as a command with <bucket>, <url> and <file>. */
  readonly how: string;
};

/** PutBucketCors by AWS's own command line. */
export const awsCors = {
  form: 's3',
  takesStar: true,
  how: 'aws s3api put-bucket-cors --endpoint-url <url> --bucket <bucket> --cors-configuration file://<file>',
} as const satisfies CorsRules;

/**
 * The headers that a page may have to send with what it pushes: those that presign.ts signs. A part has none of them, or
 * a checksum. An object that goes as one request has more. A person's own metadata is x-amz-meta-<name>. A store that
 * takes no * must be told those too, and the headers that a person adds.
 */
export const pushedHeaders = [
  ...['cache-control', 'content-disposition', 'content-encoding', 'content-language', 'content-md5', 'content-type'],
  ...['expires', 'if-none-match'],
  ...['x-amz-acl', 'x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm'],
  ...['x-amz-meta-partway-source', 'x-amz-meta-partway-source-etag', 'x-amz-meta-partway-transfer'],
  ...['x-amz-expected-bucket-owner', 'x-amz-request-payer'],
  ...['x-amz-server-side-encryption', 'x-amz-server-side-encryption-aws-kms-key-id'],
  ...['x-amz-storage-class', 'x-amz-tagging'],
] as const;

/** The answer's header by which a part is recorded. A browser hides it from a page, unless the rules expose it. */
export const EXPOSED_HEADER = 'ETag';
