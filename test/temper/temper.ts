import * as z from 'zod';
import { StoreError } from '../../tools/store/protocol/errors.ts';

/**
 * The temper of a store: scripted faults, for tests only. A temper is a list of rules; each request meets all the rules that match it, in their order, so that faults
 * can be put together. README.md tells what each fault does and has examples.
 */

const count = z.int().min(0);
const ms = z.int().min(0);

/** How often an operation has been asked for, or has succeeded, since the store was started. */
const seen = z.strictObject({
  operation: z.string(),
  partNumber: count.optional(),
  asked: count.optional(),
  done: count.optional(),
});

/**
 * before: nothing of the body was read.   received: the body was read, nothing was done with it.
 * applied: it was done, nobody was told.  bytesIn, bytesOut: so many bytes of the request's or the answer's body passed.
 */
const early = [z.literal('before'), z.literal('received'), z.strictObject({ bytesIn: count })] as const;
const refusable = z.union([...early, z.literal('applied')]);
const moment = z.union([...early, z.literal('applied'), z.strictObject({ bytesOut: count })]);

const fault = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('refuse'),
    moment: refusable,
    /** 200 hides the error in a success, as Complete and UploadPartCopy may. */
    status: z.int().min(200).max(599),
    code: z.string(),
    message: z.string().optional(),
    /** Beside it: of HEAD, which has no body, they are all that is told. */
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
  /** As S3 calls it; `*` is any. */
  operation: z.union([z.string(), z.array(z.string())]),
  bucket: z.string().optional(),
  key: z.string().optional(),
  partNumber: z.union([count, z.array(count)]).optional(),
  /** So many of the requests that match are let pass first. */
  skip: count.optional(),
  /** So many suffer; all of them when left out. */
  times: count.optional(),
  /** All of it must be true at the moment when the request comes. */
  only: z
    .strictObject({
      uploadIsOpen: z.boolean().optional(),
      objectIsThere: z.boolean().optional(),
      /** A header that the request must have. */
      header: z.string().optional(),
      /** Headers of which it may have none. */
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

/** Throws InvalidArgument that names the field: a rule with a slip in it would make a test that tests nothing. */
export function parseTemper(value: unknown): Temper {
  const result = temper.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new StoreError('InvalidArgument', { message: `This is no temper: ${issues.join('; ')}` });
}
