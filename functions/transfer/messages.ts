import type { Batch } from './batches.ts';

/**
 * What the states hand to each other: only ids and a few numbers, and never a list of parts, an ETag or a URL. So a
 * payload stays far below the limit of 256 KiB.
 */

/**
 * What may start an execution: a request as a person writes it in the console, `{ transferId }` for a transfer that the
 * API accepted, or `{ arrived, into }` for an object that arrived. Anybody may start an execution with any input, so
 * Initiate judges it.
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
/**
 * `complete`: the object is small, and Initiate has copied it. `nothing`: the transfer is done already, or another
 * execution drives it.
 */
export type InitiateOutput = {
  readonly transferId: string;
  readonly next: 'plan' | 'complete' | 'nothing';
  readonly history?: HistoryCount | undefined;
};
/** A store cannot be reached. The machine comes back to the same state after that time. */
export type WaitOutput = {
  readonly transferId: string;
  readonly next: 'wait';
  readonly waitSeconds: number;
  readonly history: HistoryCount | undefined;
};

/**
 * The number of the form in which the machine wrote a payload: functions/transfer/schema.ts. Older executions do not
 * have it.
 */
type Numbered = { readonly schema?: number };

export type ExecutionFacts = { readonly arn: string; readonly redriveCount: number };

/** How often the state machine tries a state again by itself, within about a minute. */
export const RETRIES_MAX = 6;

/**
 * How often the machine tries a state that decides, and Copy whole, while Lambda has no room for it: for about 27
 * hours, and never less than a day even with the shortest jitter (test/infra/patience.test.ts). Each try costs three
 * events of the history.
 */
export const OUTAGE_RETRIES_MAX = 240;

/**
 * The same for one batch: about ten minutes. A history has thousands of batches, and more tries would leave room for
 * fewer of them. A batch that gives up comes again in the next round, and patience does not count such a round.
 */
export const BATCH_OUTAGE_RETRIES_MAX = 6;

/** How often an object that arrived checks whether its older version is done: for a day, as docs/errors.md says. */
export const QUEUED_RETRIES_MAX = 240;

/**
 * How often a transfer begins again because its source has changed. A source that changes more often is being written
 * all the time.
 */
export const SOURCE_RESTARTS_MAX = 3;

/**
 * The length of the execution's history, by our own count. Each state that decides computes it from its input and hands
 * it on. So a new execution begins anew, and a redrive goes on with the input that the state had.
 */
export type HistoryCount = {
  /** The most events that the history can have before the state that gets this number. */
  readonly events: number;
  /** How many of these events we only assume. There may be that many fewer. */
  readonly assumed: number;
  /** How often the execution had been redriven when this was counted. */
  readonly redriveCount: number;
};

/** What the state machine tells a state about itself, beside its input. */
export type Attempt = Numbered & {
  readonly execution: ExecutionFacts;
  /** How often it has tried this state again since the state was entered, for any reason. */
  readonly retryCount?: number;
  /**
   * When the state was entered, as ISO 8601. All attempts of one visit have the same time. Older executions do not have
   * it.
   */
  readonly enteredAt?: string;
  /** The state's input. Plan and Complete of older executions do not have it. */
  readonly input?: unknown;
};

export type PlanInput = Attempt & { readonly transferId: string };
/** `wait`: the machine comes back to Plan after that time. */
export type PlanOutput = {
  readonly transferId: string;
  readonly round: number;
  readonly next: 'copy-whole' | 'copy-parts' | 'read-back' | 'complete' | 'wait';
  readonly waitSeconds: number;
  readonly batchesAtOnce: number;
  /** After the batches, Plan finds their results here instead: a Retried, or `{}` for a batch that gave up. */
  readonly batches: readonly Batch[];
  readonly history: HistoryCount | undefined;
};

/** What the header keeps of it. */
export type HandedOut = {
  readonly next: string;
  readonly atMs: number;
  readonly waitMs: number;
  /** How many Lambdas work at once, and share the bandwidth. Older code did not write it. */
  readonly lambdas?: number | undefined;
};

/** How often a call that copies was tried again before it succeeded. */
export type Retried = { readonly retries: number };

export type CopyWholeInput = Numbered & {
  readonly transferId: string;
  readonly round: number;
  readonly retryCount?: number;
};
export type CopyBatchInput = CopyWholeInput & { readonly batch: Batch };
/** A batch of parts to read back. They have the numbers under which they were sent. */
export type ReadBackInput = CopyBatchInput;
export type CompleteInput = PlanInput;
/** `plan`: the object is there, and must be read back. */
export type CompleteOutput = {
  readonly transferId: string;
  readonly next: 'plan' | 'nothing';
  readonly history?: HistoryCount | undefined;
};
/** The whole input of the state that failed, with the error that was caught as `failure`. */
export type AbortInput = { readonly input: ExecutionInput; readonly execution: ExecutionFacts };

/** A state that hands nothing on. */
export type Nothing = Record<string, never>;
