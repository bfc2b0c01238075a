import * as z from 'zod';
import { TransferError } from './errors.ts';
import { faultOfBucketName } from './values/bucket-name.ts';
import { cannedAcls } from './values/canned-acls.ts';
import { faultsIn } from './values/faults.ts';
import { KiB, utf8Bytes } from './values/sizes.ts';
import { faultOfTag, TAGS_MAX } from './values/tags.ts';

/** S3 keys are 1 to 1,024 bytes of UTF-8; a NUL cannot be written in XML, so no list could show it. */
export const objectKey = z
  .string()
  .min(1)
  .refine((text) => utf8Bytes(text) <= 1024, 'a key has at most 1,024 bytes of UTF-8')
  .refine((text) => !text.includes('\0'), 'a key must not have a NUL character')
  .refine((text) => text.isWellFormed(), 'a key must be well-formed Unicode');

/** As `faultOfBucketName` judges it. */
export const bucketName = z.string().superRefine((name, { addIssue }) => {
  const fault = faultOfBucketName(name);
  // As an object: an issue that is a string alone ends the judgement, and a union then tells nothing of this field.
  if (fault !== undefined) addIssue({ code: 'custom', message: fault });
});

export const endpointName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,62}$/, 'an endpoint name has letters, digits and "-", at most 63');

const object = z.strictObject({
  endpoint: endpointName,
  bucket: bucketName,
  key: objectKey,
  versionId: z.string().min(1).max(1024).optional(),
});
const url = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'a URL must be complete, and begin with https:// or http://' })
    .max(8 * KiB),
});

const CRC32_MAX = 0xffff_ffff;
export const crc32 = z.int().min(0).max(CRC32_MAX);

/** The bytes are with whoever asks, and are pushed by presigned URLs. */
const client = z.strictObject({
  client: z.strictObject({
    /** Of the file, as the client calls it. It is shown, and is no part of the identity. */
    name: z.string().min(1).max(1024),
    /** Left out for a stream, whose length nobody knows before its end. */
    bytes: z.int().min(0).optional(),
    /** By which a push is found again: the CRC32s of the first and of the last MiB. */
    fingerprint: z.strictObject({ head: crc32, tail: crc32 }).optional(),
    /** When the file was last written, in milliseconds since 1970, UTC. It is no part of the identity either. */
    modifiedMs: z.number().min(0).optional(),
  }),
});
const target = z.strictObject({ endpoint: endpointName, bucket: bucketName, key: objectKey });

const headerText = z
  .string()
  .min(1)
  .max(1024)
  .regex(/^[\x20-\x7e]*$/, 'a header can have only printable ASCII');

/** User metadata goes as x-amz-meta-* headers: at most 2 KB together (S3 user guide, "User-defined object metadata"). */
const metadata = z
  .record(
    z.string().regex(/^[a-z0-9][a-z0-9_-]{0,127}$/, 'a metadata name has lower-case letters, digits, "_" and "-"'),
    headerText,
  )
  .refine((all) => Object.entries(all).flat().join('').length <= 2 * KiB, 'metadata has at most 2 KB together')
  .refine(
    (all) => !Object.keys(all).some((name) => name.startsWith('partway-')),
    'names that begin with partway- belong to Partway',
  );

const tags = z.record(z.string(), z.string()).superRefine((all, { addIssue }) => {
  const entries = Object.entries(all);
  if (entries.length === 0 || entries.length > TAGS_MAX) addIssue(`an object has 1 to ${TAGS_MAX} tags`);
  for (const [key, value] of entries) {
    const fault = faultOfTag(key, value);
    if (fault !== undefined) addIssue({ code: 'custom', path: [key], message: fault });
  }
});

const acl = z.enum(cannedAcls);

/** By the store's own keys, or by one of a key service: its id, ARN or alias, or the account's own when left out. */
const encryption = z.discriminatedUnion(
  'type',
  [
    z.strictObject({ type: z.literal('AES256') }),
    z.strictObject({
      type: z.literal('aws:kms'),
      keyId: z
        .string()
        .regex(/^[\x21-\x7e]{1,2048}$/, 'a key is named in printable ASCII without spaces')
        .optional(),
    }),
  ],
  { error: 'it takes "AES256" or "aws:kms"' },
);

/** How one part is tried again inside a Lambda, before the state machine tries the batch again. */
const retry = z.strictObject({
  count: z.int().min(0).max(10).default(3),
  intervalSeconds: z.number().min(0).max(60).default(5),
  backoff: z.number().min(1).max(10).default(2),
});

/** An upload that somebody else began, a provider's own SDK say: it is adopted, and finished. */
const resumeFrom = z.strictObject({
  uploadId: z.string().min(1).max(1024),
  /** Of every part but the last, as the one who began it cut them. */
  partBytes: z.int().positive(),
  /** The parts that are there, as their ETags were told; left out, those that the store lists. */
  parts: z
    .array(z.strictObject({ partNumber: z.int().min(1).max(10_000), etag: z.string().min(1).max(256) }))
    .max(1000)
    .optional(),
  /** Parts from this one on are sent again, whatever the store lists. */
  firstMissingPart: z.int().min(1).max(10_000).optional(),
});

/** What may be asked for. API, CLI, state machine and the S3 event all speak this. Unknown fields are refused by name. */
export const requestSchema = z.strictObject({
  source: z.union([object, url, client], {
    error: 'either { endpoint, bucket, key, versionId? }, { url } or { client: { name, bytes? } }',
  }),
  target,
  /** Bytes of every part but the last; chosen by size and provider when left out. */
  partBytes: z.int().positive().optional(),
  /** Up to this many bytes an object goes as one request. */
  multipartThresholdBytes: z.int().min(0).optional(),
  /** Parts under way at once in one Lambda: about four connections fill one Lambda's 75 MiB/s. */
  partsAtOnce: z.int().min(1).max(16).default(4),
  /** Lambdas at once; an inline Map runs 40 at the most. */
  batchesAtOnce: z.int().min(1).max(40).default(40),
  retry: retry.prefault({}),
  /** Pins the source's generation: a source that changes in the middle ends the transfer. */
  verifySource: z.boolean().default(true),
  /** What follows when it does: give up, or begin again from nothing, at most 3 times. */
  onSourceChange: z.enum(['abort', 'restart']).default('abort'),
  /** What each part is proven by: its MD5 where the target answers with it, or its length alone beside our CRC32. */
  checksum: z.enum(['md5', 'crc32']).default('md5'),
  /** What the finished object is held to: what the stores publish of it, or every byte, read again after Complete. */
  verify: z.enum(['published', 'read-back']).default('published'),
  contentType: headerText.optional(),
  cacheControl: headerText.optional(),
  contentDisposition: headerText.optional(),
  contentEncoding: headerText.optional(),
  contentLanguage: headerText.optional(),
  metadata: metadata.optional(),
  storageClass: z
    .string()
    .regex(/^[A-Z0-9_]{1,64}$/, 'a storage class has capitals, digits and "_"')
    .optional(),
  tags: tags.optional(),
  acl: acl.optional(),
  encryption: encryption.optional(),
  resumeFrom: resumeFrom.optional(),
  /** Whether a store that has both source and target may copy by itself; bytes that it refuses to copy are streamed. */
  serverSideCopy: z.enum(['auto', 'never']).default('auto'),
  overwrite: z.enum(['always', 'never', 'if-different']).default('always'),
  /** What becomes of the parts when a person would have to repair something. */
  onFailure: z.enum(['keep', 'abort']).default('keep'),
  /** How long rounds may bring nothing before the transfer stops and asks for a person. */
  patienceSeconds: z
    .int()
    .min(0)
    .max(7 * 24 * 3600)
    .default(3600),
});

export type TransferRequest = z.infer<typeof requestSchema>;
export type TransferRequestInput = z.input<typeof requestSchema>;
export type Source = TransferRequest['source'];
export type ObjectSource = Extract<Source, { endpoint: string }>;
export type ClientSource = Extract<Source, { client: object }>;

/** An S3 event as EventBridge gives it; the key is as it is, not URL-encoded. More fields may come: AWS adds them. */
export const arrivalSchema = z.object({
  bucket: z.object({ name: bucketName }),
  object: z.object({
    key: objectKey,
    'version-id': z.string().optional(),
    sequencer: z.string().optional(),
    etag: z.string().optional(),
  }),
});
export type Arrival = z.infer<typeof arrivalSchema>;

// A URL may carry a token in its query, which no error may show.
const hidden = /^url$/;

/** Reads a value by a schema. Throws InvalidRequest that names each field. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = faultsIn(result.error, value, { whole: what, hidden });
  throw new TransferError('InvalidRequest', `${what} cannot be accepted: ${faults.join('. ')}.`);
}

/** Throws InvalidRequest for what cannot be accepted, and for an object that would be copied onto itself. */
export function parseRequest(value: unknown): TransferRequest {
  const request = parse(requestSchema, value, 'The request');
  if ('endpoint' in request.source && sameObject(request.source, request.target)) {
    throw new TransferError('InvalidRequest', 'Source and target are the same object. Choose another target.');
  }
  if ('client' in request.source && request.resumeFrom)
    throw new TransferError(
      'InvalidRequest',
      '`resumeFrom` does not go together with a client source: the client itself sends the parts.',
    );
  return request;
}

const keyRule = '1 to 256 characters of printable ASCII, without spaces';

/** What is wrong with an idempotency key, in words; `undefined`: nothing. A header carries it. */
export function faultOfIdempotencyKey(text: string): string | undefined {
  return /^[\x21-\x7e]{1,256}$/.test(text) ? undefined : `It takes ${keyRule}.`;
}

/** Throws InvalidRequest for a blank key too: all callers who send one would share a transfer. */
export function parseIdempotencyKey(text: string): string {
  if (faultOfIdempotencyKey(text) === undefined) return text;
  const what = text.trim() === '' ? 'is blank' : 'cannot be accepted';
  throw new TransferError(
    'InvalidRequest',
    `The header Idempotency-Key ${what}. It takes ${keyRule}. You may leave the header out.`,
  );
}

function sameObject(source: ObjectSource, other: TransferRequest['target']): boolean {
  return source.endpoint === other.endpoint && source.bucket === other.bucket && source.key === other.key;
}
