import * as z from 'zod';
import { StoreError } from '../../tools/store/protocol/errors.ts';

/**
 * The temper of a store: a list of rules that make it misbehave in a test. All rules that match a request apply to it, in
 * their order, so that faults can be combined. README.md says what each fault does and has examples.
 */

const count = z.int().min(0);
const ms = z.int().min(0);

/** How often an operation was asked for, or has succeeded, since the store started. */
const seen = z.strictObject({
  operation: z.string(),
  partNumber: count.optional(),
  asked: count.optional(),
  done: count.optional(),
});

/**
 * before: the store has not read the body. received: it has read the body and done nothing with it. applied: it has done
 * what was asked and not answered. bytesIn, bytesOut: so many bytes of the request's or the answer's body have passed.
 */
const early = [z.literal('before'), z.literal('received'), z.strictObject({ bytesIn: count })] as const;
const refusable = z.union([...early, z.literal('applied')]);
const moment = z.union([...early, z.literal('applied'), z.strictObject({ bytesOut: count })]);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('refuse'),
    moment: refusable,
    /** Status 200 hides the error in a success. Complete and UploadPartCopy of AWS may do so. */
    status: z.int().min(200).max(599),
    code: z.string(),
    message: z.string().optional(),
    /** More headers of the answer. An answer to HEAD has no body, so only they can explain the error. */
    headers: z.record(z.string(), z.string()).optional(),
  }),
  z.strictObject({ kind: z.literal('reset'), moment }),
  z.strictObject({ kind: z.literal('stall'), moment }),
  z.strictObject({ kind: z.literal('delay'), moment, ms }),
  z.strictObject({ kind: z.literal('wait'), moment, until: seen }),
  z.strictObject({ kind: z.literal('pretend'), status: z.int().min(200).max(299), text: z.string().optional() }),
  z.strictObject({
    kind: z.literal('slow'),
    direction: z.enum(['in', 'out']),
    chunkBytes: z.int().min(1),
    everyMs: ms,
  }),
  z.strictObject({ kind: z.literal('ignore'), headers: z.array(z.string()) }),
  z.strictObject({
    kind: z.literal('answer'),
    status: z.int().optional(),
    headers: z.record(z.string(), z.string().nullable()).optional(),
    text: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('gzip') }),
  z.strictObject({ kind: z.literal('shorten'), bytes: count, declared: z.boolean() }),
  z.strictObject({ kind: z.literal('lengthen'), bytes: count, declared: z.boolean() }),
  z.strictObject({ kind: z.literal('space'), ms }),
  z.strictObject({ kind: z.literal('expire') }),
  z.strictObject({ kind: z.literal('rewrite'), bytes: count.optional() }),
  z.strictObject({ kind: z.literal('remove') }),
  z.strictObject({
    kind: z.literal('list'),
    rowsMax: count.optional(),
    without: z.array(count).optional(),
    goesOn: z.enum(['same-marker', 'next-marker']).optional(),
  }),
]);

const rule = z.strictObject({
  /** The names that S3 gives to the operations; `*` matches any. */
  operation: z.union([z.string(), z.array(z.string())]),
  bucket: z.string().optional(),
  key: z.string().optional(),
  partNumber: z.union([count, z.array(count)]).optional(),
  /** The rule skips this many matching requests first. */
  skip: count.optional(),
  /** The rule then applies to this many requests; to all of them if this is left out. */
  times: count.optional(),
  /** All of this must be true when the request arrives. */
  only: z
    .strictObject({
      uploadIsOpen: z.boolean().optional(),
      objectIsThere: z.boolean().optional(),
      /** A header that the request must have. */
      header: z.string().optional(),
      /** Headers that the request must not have. */
      noneOf: z.array(z.string()).optional(),
      after: seen.optional(),
    })
    .optional(),
  fault,
});

const temper = z.array(rule);

export type Temper = z.infer<typeof temper>;
export type TemperRule = z.infer<typeof rule>;
export type Fault = z.infer<typeof fault>;
export type FaultOf<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>;
export type Seen = z.infer<typeof seen>;

/** Throws InvalidArgument, with the name of the wrong field. A test with a misspelt rule would test nothing. */
export function parseTemper(value: unknown): Temper {
  const result = temper.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new StoreError('InvalidArgument', { message: `This is no temper: ${issues.join('; ')}` });
}
