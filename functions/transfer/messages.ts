import type { Batch } from './batches.ts';

/**
 * What travels between the states. It is little on purpose: ids and three numbers, never a list of parts, an ETag or a
 * URL, so that 256 KiB are far away. The paths that the state machine uses are written once, here.
 */

/** What may start an execution: a request by a person, a transfer that the API accepted, or an object that arrived. */
export type ExecutionInput =
  | { readonly transferId: string }
  | { readonly arrived: unknown; readonly into: ArrivalTarget }
  | unknown;

/** Where objects of a bucket go, and with which options; the `into` of an S3 event. */
export type ArrivalTarget = {
  readonly sourceEndpoint: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly keyPrefix: string;
  readonly options: Readonly<Record<string, unknown>>;
};

export type InitiateInput = Attempt & { readonly input: ExecutionInput };
/** `nothing`: the transfer is done already, or another execution drives it. */
export type InitiateOutput = { readonly transferId: string; readonly next: 'plan' | 'nothing' };
/** No store can be reached; the same state comes again after that time. */
export type WaitOutput = { readonly transferId: string; readonly next: 'wait'; readonly waitSeconds: number };

export type ExecutionFacts = { readonly arn: string; readonly redriveCount: number };

/** How often the state machine tries a state again by itself, within about a minute. */
export const RETRIES_MAX = 6;

/** `retryCount`: how often the state machine has tried this state again since it was entered. */
export type Attempt = { readonly execution: ExecutionFacts; readonly retryCount?: number };

export type PlanInput = Attempt & { readonly transferId: string };
export type PlanOutput = {
  readonly transferId: string;
  readonly round: number;
  readonly next: 'copy-whole' | 'copy-parts' | 'read-back' | 'complete';
  readonly waitSeconds: number;
  readonly batchesAtOnce: number;
  readonly batches: readonly Batch[];
};

export type CopyBatchInput = { readonly transferId: string; readonly round: number; readonly batch: Batch };
export type CopyWholeInput = { readonly transferId: string; readonly round: number };
/** A batch of parts to read back; they are numbered as they were sent. */
export type ReadBackInput = CopyBatchInput;
export type CompleteInput = PlanInput;
/** `plan`: the object is there, and is to be read back. */
export type CompleteOutput = { readonly transferId: string; readonly next: 'plan' | 'nothing' };
/** The whole input of the state that failed, with what was caught as `failure`. */
export type AbortInput = { readonly input: ExecutionInput; readonly execution: ExecutionFacts };

/** A state that hands nothing on. */
export type Nothing = Record<string, never>;
