import type { Sums } from '../sums.ts';

/**
 * The temper of a provider: what the embedded store must do differently to answer as that provider's documents say.
 * It is written from those documents and never from functions/providers, so temper and profile check each other.
 */
export type Temper = {
  readonly name: string;
  /** The region that requests must be signed for. */
  readonly region: string;
  readonly limits: Limits;
  /** Whether the embedded store adds a CRC-64/NVME by itself, as AWS does. The others keep only what a client sends. */
  readonly checksumByDefault?: true;
  readonly rules: readonly Rule[];
  /** The provider's code and status for an error of the embedded store. An error that is not listed keeps AWS's. */
  readonly codes?: Readonly<Record<string, Refusal>>;
  /** How the provider writes an error; S3's XML if left out. */
  readonly errorBody?: (refusal: Refusal) => { readonly contentType: string; readonly text: string };
  readonly lacks?: Lacks;
  /** The provider's answer that asks a client to slow down. A test can make the store give it. */
  readonly throttle: Refusal;
};

/**
 * What the real store behind a temper cannot do, each with the reason in words. A case that needs such a thing checks
 * that the store really cannot do it, so a reason that is no longer true fails the test.
 */
export type Lacks = Readonly<Partial<Record<Lack, string>>>;

/**
 * `regions`: the store refuses signatures for another region. `unknown keys`: the store distinguishes an unknown key
 * from a wrong secret. `damaged bytes`: every read of a damaged object returns the damaged bytes.
 */
type Lack =
  | ('lists' | 'tags' | 'storage classes' | 'session tokens')
  | ('hosts of buckets' | 'regions' | 'unknown keys' | 'damaged bytes');

/** The documented limits. A limit that is not documented is left out. */
export type Limits = {
  readonly partBytesMin: number;
  readonly partBytesMax: number;
  readonly partCountMax: number;
  readonly objectBytesMax?: number;
  readonly putBytesMax?: number;
};

export type Refusal = { readonly status: number; readonly code: string; readonly message?: string };

export type PartSeen = { readonly bytes: number; readonly etag: string };

/** A request as a rule sees it. */
export type Ask = {
  /** The name that S3 gives to the operation. */
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  /** Whether the bucket stands in the path and not in the host. */
  readonly byPath: boolean;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The size that the request declares. */
  readonly bytes: number;
  readonly partNumber: number;
  /** The document in the request's body: Complete's list of parts. */
  readonly text: string;
  /** The parts that the upload has so far, by number, with the embedded store's ETags. */
  readonly parts: ReadonlyMap<number, PartSeen>;
  readonly isThere: () => Promise<boolean>;
  /** The size of the object that is to be copied. */
  readonly sourceBytes: () => Promise<number | undefined>;
  /** The checksums of the bytes that were sent, or of the object that the answer is about. */
  readonly sums: () => Sums | undefined;
};

/** Changes to the request before it goes to the embedded store. A header that is undefined is removed. */
export type Change = {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly text?: string;
};

/** `text` is undefined if the answer is an object's bytes. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
};

export type Verdict = Refusal | 'hang up' | undefined;

/** All rules for an operation apply, in their order. The first refusal ends the request. */
export type Rule = {
  readonly on: '*' | readonly string[];
  readonly refuse?: (ask: Ask) => Verdict | Promise<Verdict>;
  readonly change?: (ask: Ask) => Change;
  readonly answer?: (reply: Reply, ask: Ask) => Reply | 'hang up';
};

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const TiB = 1024 * GiB;
