import type { PartGrowth } from './values/part-sizes.ts';

/** What a finished transfer leaves. */
export type Receipt = {
  readonly bytes: number;
  readonly parts: number;
  /** Of every part but the last; where parts grow, of the largest. */
  readonly partBytes: number;
  /** Of a stream whose parts grow. */
  readonly growth?: PartGrowth | undefined;
  readonly etag: string | undefined;
  /**
   * The CRC32 of the whole object in hexadecimal, combined from those of the parts. `undefined`: some bytes did not
   * pass through us.
   */
  readonly crc32: string | undefined;
  /** What the object at the target was compared with, in words. */
  readonly proofs: readonly string[];
  /** What nothing proves, and why, in sentences. */
  readonly unproven: readonly string[];
  /** Set if the store was to copy by itself: how much it copied, and why not the rest. */
  readonly copiedInStore?: CopiedInStore | undefined;
  /** Old receipts do not have it. */
  readonly notCarried?: readonly NotCarried[] | undefined;
  /**
   * As the batches reported it. If a Lambda was killed, what it sent after its last report is missing: at most the
   * bytes of a second.
   */
  readonly bytesSent: number;
  readonly bytesResent: number;
  readonly bytesReadBack: number;
  readonly retries: number;
  readonly rounds: number;
  readonly uploads: number;
  readonly seconds: number;
  /**
   * The number of events of the execution that completed the transfer, by our own count. `undefined`: we did not see
   * every retry.
   */
  readonly historyEvents: number | undefined;
  readonly costUsd: number;
};

export type CopiedInStore = {
  readonly parts: number;
  readonly bytes: number;
  /** Why the rest was streamed. If the store refused, in its own words. */
  readonly whyNot: string | undefined;
};

/**
 * Something that the source has, or that the request asks for, and that the object at the target does not have. `why`
 * is the reason.
 */
export type NotCarried = { readonly what: string; readonly why: string };
