/** What a finished transfer leaves. */
export type Receipt = {
  readonly bytes: number;
  readonly parts: number;
  readonly partBytes: number;
  readonly etag: string | undefined;
  /** The whole object's CRC32, combined from the parts', in hexadecimal; unknown where bytes did not pass through us. */
  readonly crc32: string | undefined;
  /** What the target's copy was compared with, in words. */
  readonly proofs: readonly string[];
  /** What nothing proves, and why, in sentences. */
  readonly unproven: readonly string[];
  /** Where the store was to copy by itself: how much of it did, and why not the rest. */
  readonly copiedInStore?: CopiedInStore | undefined;
  /** Receipts from before it was told have none. */
  readonly notCarried?: readonly NotCarried[] | undefined;
  /** As reported: what a Lambda that was killed sent after its last report, at most a second before, is not in it. */
  readonly bytesSent: number;
  readonly bytesResent: number;
  readonly bytesReadBack: number;
  readonly retries: number;
  readonly rounds: number;
  readonly uploads: number;
  readonly seconds: number;
  /** Of the execution that completed it, at its end. Reckoned, not asked for: unknown where a retry was not seen. */
  readonly historyEvents: number | undefined;
  readonly costUsd: number;
};

export type CopiedInStore = {
  readonly parts: number;
  readonly bytes: number;
  /** Why the rest was streamed, in the store's words where it refused. */
  readonly whyNot: string | undefined;
};

/** Something that the source has, or the request asked for, and the target's object has not; and the reason. */
export type NotCarried = { readonly what: string; readonly why: string };
