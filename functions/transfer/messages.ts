import type { Batch } from './batches.ts';

/**
 * What the states hand to each other. It is little on purpose: ids and a few numbers, and never a list of parts, an ETag or
 * a URL. So a payload stays far below the limit of 256 KiB.
 */

/**
 * What may start an execution: a request as a person writes it in the console, `{ transferId }` of a transfer that the API
 * accepted, or `{ arrived, into }` of an object that arrived. Anybody may start one with anything, so Initiate judges it.
 */
export type ExecutionInput = unknown;

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
export type InitiateOutput = {
  readonly transferId: string;
  readonly next: 'plan' | 'nothing';
  readonly history?: Reckoning | undefined;
};
/** No store can be reached; the same state comes again after that time. */
export type WaitOutput = {
  readonly transferId: string;
  readonly next: 'wait';
  readonly waitSeconds: number;
  readonly history: Reckoning | undefined;
};

/** The number of the form in which the machine wrote a payload: functions/transfer/schema.ts. Older executions do not tell it. */
type Numbered = { readonly schema?: number };

export type ExecutionFacts = { readonly arn: string; readonly redriveCount: number };

/** How often the state machine tries a state again by itself, within about a minute. */
export const RETRIES_MAX = 6;

/**
 * How often a state that decides, and Copy whole, is tried again while Lambda has no room for it: about 27 hours, and
 * never less than a day however the jitter falls (test/infra/patience.test.ts). Each try costs three events of the history.
 */
export const OUTAGE_RETRIES_MAX = 240;

/**
 * The same for one batch: about ten minutes. A history has thousands of batches, so more tries would leave room for fewer
 * of them. A batch that gives up is left to the next round, and Plan does not count such a round against the stores.
 */
export const BATCH_OUTAGE_RETRIES_MAX = 6;

/** How often an object that arrived looks whether the older version of it is done: for a day, as docs/errors.md says. */
export const QUEUED_RETRIES_MAX = 240;

/** How often a transfer begins again because its source has changed. Then it is being written all the time. */
export const SOURCE_RESTARTS_MAX = 3;

/**
 * How long the history of the execution is, without asking Step Functions. Each state that decides reckons it from its
 * input and hands it on. So a new execution begins anew, and a redrive goes on with the input that the state had.
 */
export type Reckoning = {
  /** How many events there are at most before the state that is given this. */
  readonly events: number;
  /** How many of them nobody has seen, so that there may be as many fewer. */
  readonly assumed: number;
  /** How often the execution had been redriven when this was reckoned. */
  readonly redriveCount: number;
};

/** What the state machine tells of the state that it is in, beside the state's input. */
export type Attempt = Numbered & {
  readonly execution: ExecutionFacts;
  /** How often it has tried this state again since it was entered, for whatever reason. */
  readonly retryCount?: number;
  /** When the state was entered, as ISO 8601: all attempts of one visit have the same. Older executions do not tell it. */
  readonly enteredAt?: string;
  /** What the state was given. Plan and Complete of older executions do not tell it. */
  readonly input?: unknown;
};

export type PlanInput = Attempt & { readonly transferId: string };
/** `wait`: Plan itself comes again after that time. */
export type PlanOutput = {
  readonly transferId: string;
  readonly round: number;
  readonly next: 'copy-whole' | 'copy-parts' | 'read-back' | 'complete' | 'wait';
  readonly waitSeconds: number;
  readonly batchesAtOnce: number;
  /** When Plan comes next, what became of each stands here instead: a Retried, or `{}` for one that gave up. */
  readonly batches: readonly Batch[];
  readonly history: Reckoning | undefined;
};

/** How often a call that copies was tried again before it succeeded. */
export type Retried = { readonly retries: number };

export type CopyWholeInput = Numbered & {
  readonly transferId: string;
  readonly round: number;
  readonly retryCount?: number;
};
export type CopyBatchInput = CopyWholeInput & { readonly batch: Batch };
/** A batch of parts to read back; they are numbered as they were sent. */
export type ReadBackInput = CopyBatchInput;
export type CompleteInput = PlanInput;
/** `plan`: the object is there, and is to be read back. */
export type CompleteOutput = {
  readonly transferId: string;
  readonly next: 'plan' | 'nothing';
  readonly history?: Reckoning | undefined;
};
/** The whole input of the state that failed, with what was caught as `failure`. */
export type AbortInput = { readonly input: ExecutionInput; readonly execution: ExecutionFacts };

/** A state that hands nothing on. */
export type Nothing = Record<string, never>;
