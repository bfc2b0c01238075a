import * as z from 'zod';
import { TransferError } from './errors.ts';
import { attributeFields } from './values/attribute-fields.ts';
import { faultOfBucketName } from './values/bucket-name.ts';
import { faultsIn } from './values/faults.ts';
import { impossibleNames } from './values/impossible-names.ts';
import { KiB, utf8Bytes } from './values/sizes.ts';
import { speedNames, speeds } from './values/speeds.ts';

/** A key has 1 to 1,024 bytes of UTF-8. XML cannot contain a NUL, so no list could show a key with one. */
export const objectKey = z
  .string()
  .min(1)
  .refine((text) => utf8Bytes(text) <= 1024, 'a key has at most 1,024 bytes of UTF-8')
  .refine((text) => !text.includes('\0'), 'a key must not have a NUL character')
  .refine((text) => text.isWellFormed(), 'a key must be well-formed Unicode');

/** A name in which `faultOfBucketName` finds no fault. */
export const bucketName = z.string().superRefine((name, { addIssue }) => {
  const fault = faultOfBucketName(name);
  // We add the issue as an object. If it were a string, zod would stop there, and a union would then say nothing about
  // this field.
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
export const url = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, error: 'a URL must be complete, and begin with https:// or http://' })
    .max(8 * KiB, 'a URL has at most 8,192 characters'),
});

const CRC32_MAX = 0xffff_ffff;
export const crc32 = z.int().min(0).max(CRC32_MAX);

/** The client has the bytes, and pushes them with presigned URLs. */
const client = z.strictObject({
  client: z.strictObject({
    /** The name of the file, as the client calls it. It is shown, and does not count for the identity. */
    name: z.string().min(1).max(1024),
    /** Left out for a stream, whose length nobody knows before its end. */
    bytes: z.int().min(0).optional(),
    /** The CRC32s of the first and of the last MiB. By these a push is found again. */
    fingerprint: z.strictObject({ head: crc32, tail: crc32 }).optional(),
    /** When the file was last written, in milliseconds since 1970, UTC. It does not count for the identity either. */
    modifiedMs: z.number().min(0).optional(),
    /** Of a stream, and no part of the identity: about how long it will be, and whether parts may be large, on a disk. */
    expectBytes: z.int().positive().optional(),
    spools: z.boolean().optional(),
    /** Goes on with an unfinished push, and begins none. It is no part of the identity. */
    onlyResume: z.boolean().optional(),
  }),
});
const target = z.strictObject({ endpoint: endpointName, bucket: bucketName, key: objectKey });

/** How one part is tried again inside a Lambda, before the state machine tries the batch again. */
const retry = z.strictObject({
  count: z.int().min(0).max(10).default(3),
  intervalSeconds: z.number().min(0).max(60).default(5),
  backoff: z.number().min(1).max(10).default(2),
});

/** An upload that another program began, for instance a provider's own SDK. Partway adopts it, and finishes it. */
const resumeFrom = z.strictObject({
  uploadId: z.string().min(1).max(1024),
  /** The size of every part but the last, as the other program cut them. */
  partBytes: z.int().positive(),
  /** The parts that are there, with their ETags. If this is left out: all parts that the store lists. */
  parts: z
    .array(z.strictObject({ partNumber: z.int().min(1).max(10_000), etag: z.string().min(1).max(256) }))
    .max(1000)
    .optional(),
  /** Parts from this one on are sent again, whatever the store lists. */
  firstMissingPart: z.int().min(1).max(10_000).optional(),
});

/** A request, for the API, the CLI, the state machine and the S3 event alike. Unknown fields are refused by name. */
export const requestSchema = z.strictObject({
  source: z.union([object, url, client], {
    error: 'either { endpoint, bucket, key, versionId? }, { url } or { client: { name, bytes? } }',
  }),
  target,
  /** The size of every part but the last. If it is left out, Partway chooses it. */
  partBytes: z.int().positive().optional(),
  /** An object of at most this many bytes goes as one request. Default: 64 MiB, or `partBytes` if that is less. */
  multipartThresholdBytes: z.int().min(0).optional(),
  /** What matters: cost, time, or a little of both. It decides part sizes, batches, and `partsAtOnce` if that is left out. */
  speed: z.enum(speedNames).default('balanced'),
  /** How many parts one Lambda copies at once, at most. About four connections use all of its 75 MiB/s. */
  partsAtOnce: z.int().min(1).max(16).default(4),
  /** How many Lambdas copy at once. An inline Map runs at most 40. */
  batchesAtOnce: z.int().min(1).max(40).default(40),
  /** What all Lambdas of the transfer together, or the client of a push, may send in a second. Default: no limit. */
  bandwidthBytesPerSecond: z.int().positive().optional(),
  retry: retry.prefault({}),
  /** Pins the generation of the source. If the source changes in the middle, the transfer ends. */
  verifySource: z.boolean().default(true),
  /** What happens if the source changes: abort, or begin again from nothing, at most 3 times. */
  onSourceChange: z.enum(['abort', 'restart']).default('abort'),
  /** What proves the bytes beside a CRC32. `auto`: see proof.ts. `md5`: also the MD5 of each part, if the target has it. */
  checksum: z.enum(['auto', 'md5', 'crc32']).default('auto'),
  /** What proves the finished object: the checksums that stores publish, or every byte, read again after Complete. */
  verify: z.enum(['published', 'read-back']).default('published'),
  ...attributeFields,
  resumeFrom: resumeFrom.optional(),
  /** Whoever signs pays for reading the source. For a target, its endpoint says it. */
  requesterPays: z.boolean().optional(),
  /** Whether a store that has both source and target may copy by itself. What it refuses to copy is streamed. */
  serverSideCopy: z.enum(['auto', 'never']).default('auto'),
  overwrite: z.enum(['always', 'never', 'if-different']).default('always'),
  /** What happens to the parts if a person must repair something: they stay, or the transfer is aborted. */
  onFailure: z.enum(['keep', 'abort']).default('keep'),
  /** For how long rounds may copy nothing before the transfer stops as Stalled. */
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

/** An S3 event as EventBridge delivers it. The key is not URL-encoded. AWS adds fields, so others are allowed. */
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

// A URL may have a token in its query, and a header may be one, so no error may show them.
const hidden = /(^|\.)url$|^headers\b/;

/** Reads a value by a schema. Throws InvalidRequest that names each field. */
export function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.infer<S> {
  const result = schema.safeParse(value);
  const impossible = impossibleNames(value);
  if (result.success && impossible.length === 0) return result.data;
  const faults = [...impossible, ...(result.success ? [] : faultsIn(result.error, value, { whole: what, hidden }))];
  throw new TransferError('InvalidRequest', `${what} cannot be accepted: ${faults.join('. ')}.`);
}

/** Throws InvalidRequest for what cannot be accepted, and for an object that would be copied onto itself. */
export function parseRequest(value: unknown): TransferRequest {
  const request = withSpeed(parse(requestSchema, value, 'The request'), value);
  if ('endpoint' in request.source && sameObject(request.source, request.target)) {
    throw new TransferError('InvalidRequest', 'Source and target are the same object. Choose another target.');
  }
  if (request.requesterPays && !('endpoint' in request.source))
    throw new TransferError(
      'InvalidRequest',
      '`requesterPays` works only for a source in a store. For a target, write it into its endpoint.',
    );
  const { bytes, expectBytes, spools } = 'client' in request.source ? request.source.client : {};
  if (bytes !== undefined && (expectBytes ?? spools) !== undefined)
    throw new TransferError('InvalidRequest', '`expectBytes` and `spools` belong to a stream, which has no `bytes`.');
  if ('client' in request.source && bytes === undefined && request.resumeFrom)
    throw new TransferError(
      'InvalidRequest',
      '`resumeFrom` needs a source whose length is known. A stream has no `bytes`.',
    );
  return request;
}

/** The speed says how many parts go at once, unless the request itself does. */
function withSpeed(request: TransferRequest, given: unknown): TransferRequest {
  const { partsAtOnce } = (given ?? {}) as { readonly partsAtOnce?: unknown };
  return partsAtOnce === undefined ? { ...request, partsAtOnce: speeds[request.speed].partsAtOnce } : request;
}

const keyRule = '1 to 256 characters of printable ASCII, without spaces';

/** What is wrong with an idempotency key, in words. `undefined`: nothing. The key travels in a header. */
export function faultOfIdempotencyKey(text: string): string | undefined {
  return /^[\x21-\x7e]{1,256}$/.test(text) ? undefined : `It takes ${keyRule}.`;
}

/** Throws InvalidRequest, also for a blank key: all callers who send one would share a transfer. */
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
