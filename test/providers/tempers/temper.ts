import type { Sums } from '../sums.ts';

/**
 * The temper of a provider: what the embedded store must do otherwise, to answer as that provider documents. Written
 * from the providers' documents and never from functions/providers, so that temper and profile check each other.
 */
export type Temper = {
  readonly name: string;
  /** What requests must be signed for. */
  readonly region: string;
  readonly limits: Limits;
  /** Whether the store behind adds its own CRC-64/NVME, as AWS does; others keep what they are sent. */
  readonly checksumByDefault?: true;
  readonly rules: readonly Rule[];
  /** What the provider calls an error of the store's; left out, it is called as AWS calls it. */
  readonly codes?: Readonly<Record<string, Refusal>>;
  /** How an error is written; S3's XML when left out. */
  readonly errorBody?: (refusal: Refusal) => { readonly contentType: string; readonly text: string };
  readonly lacks?: Lacks;
  /** How the provider asks to slow down, so that it can be asked to do so. */
  readonly throttle: Refusal;
};

/**
 * What cannot be had of the store behind it, with the reason in words. A case that needs it sees for itself that it is so,
 * so that a reason which is true no more is a failure.
 */
export type Lacks = Readonly<Partial<Record<Lack, string>>>;

/**
 * `regions`: signatures for another region are refused. `unknown keys`: they are told from wrong secrets. `damaged bytes`:
 * they are given to whoever asks, however often.
 */
type Lack =
  | ('lists' | 'tags' | 'storage classes' | 'session tokens')
  | ('hosts of buckets' | 'regions' | 'unknown keys' | 'damaged bytes');

/** Documented limits, in bytes. Where nothing is documented there is none. */
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
  /** As S3 calls it. */
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
  /** Whether the bucket stands in the path and not in the host. */
  readonly byPath: boolean;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** As declared. */
  readonly bytes: number;
  readonly partNumber: number;
  /** The document that was sent: Complete's list of parts. */
  readonly text: string;
  /** What the upload has so far, by number; ETags as the store has them. */
  readonly parts: ReadonlyMap<number, PartSeen>;
  readonly isThere: () => Promise<boolean>;
  /** Of the object that is to be copied. */
  readonly sourceBytes: () => Promise<number | undefined>;
  /** Of what was sent, or of the object that the answer is about. */
  readonly sums: () => Sums | undefined;
};

/** What goes on to the store instead; a header that is undefined is left out. */
export type Change = {
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly text?: string;
};

/** `text` is undefined where the answer is an object's bytes. */
export type Reply = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string | undefined;
};

export type Verdict = Refusal | 'hang up' | undefined;

/** All rules that are about an operation apply, in their order; the first refusal ends it. */
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
