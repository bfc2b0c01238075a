import type { Readable } from 'node:stream';
import type {
  CopySource,
  ObjectWrite,
  OpenUpload,
  OpenUploads,
  PartAtTarget,
  PartWrite,
  UploadMarkers,
  WriteAnswer,
} from '../../transfer/at-stores.ts';
import type { Endpoint } from '../../transfer/endpoint.ts';
import type { ByteRange } from '../../transfer/plan.ts';
import type { ProviderProfile } from '../../transfer/provider.ts';
import type { SweepRow, SweepSummary } from '../../transfer/sweep-report.ts';
import type { BatchReport } from '../../transfer/tally.ts';
import type { CopiedPart, ObjectAddress, ObjectFacts, Transfer } from '../../transfer/transfer.ts';
import type { AsPage, WriteSigner } from './clients.ts';

/**
 * What the engine needs of the world. Every method may be called twice with the same arguments; the comments say what
 * the second call does. Failures are TransferErrors; a missing thing is `undefined`. test/conformance holds these laws
 * against every implementation. Every call to a store may throw Refused, Expired, WrongRegion, ClockSkewed, Throttled
 * and Unreachable.
 */

/** Something to read from: an object at an endpoint, or a URL. */
export type SourceStore = {
  /**
   * The object as it is now. A second call looks again, and sees what was written in between. `undefined`: there is no
   * such object. Throws NoSuchBucket, and SourceMissing where the store says that it was deleted.
   */
  inspect(): Promise<ObjectFacts | undefined>;
  /**
   * Exactly the bytes of one range; a second call gives them again. Throws SourceChanged if the source is gone or no
   * longer the pinned one, or if its size differs, and InvalidRequest if the answer has another range. The stream errors
   * if bytes are missing.
   */
  read(range: ByteRange, pin: ObjectFacts, signal: AbortSignal): Promise<Readable>;
};

/** Something to write to. */
export type TargetStore = {
  readonly profile: ProviderProfile;
  /**
   * The object that is at the key now. Uploads under way do not show. A second call looks again. A store may show a new
   * object late, so one look does not prove that a write failed. `undefined`: nothing is there. Throws NoSuchBucket.
   */
  inspect(target: ObjectAddress): Promise<ObjectFacts | undefined>;
  /**
   * Replaces what is there, so a second call leaves the same bytes. If it fails, what was there stays. Throws
   * NoSuchBucket, and TargetExists when asked to write only where nothing is, if the store can refuse that.
   */
  putObject(write: ObjectWrite, body: Readable, bytes: number, signal: AbortSignal): Promise<WriteAnswer>;
  /** Twice begins two uploads: the caller writes the id down at once. Throws NoSuchBucket. */
  beginUpload(write: ObjectWrite): Promise<string>;
  /**
   * The last writer of a part wins. If it fails, nothing of these bytes stays. Throws UploadLost. Swift takes a part after
   * Complete as well. This is harmless if the bytes are the same.
   */
  writePart(write: PartWrite, body: Readable, signal: AbortSignal): Promise<WriteAnswer>;
  /**
   * The store reads the source itself; `range` is left out for all of it. Otherwise as `writePart`: twice is the same
   * part again. Throws SourceChanged for another generation; what the store does not do (InvalidRequest, Refused and
   * the like, by its own words) can be streamed. Its answer does not tell the length: only ListParts does.
   */
  copyPart(
    part: PartWrite,
    source: CopySource,
    range: ByteRange | undefined,
    signal: AbortSignal,
  ): Promise<WriteAnswer>;
  /** As `putObject`, from an object of its own, with the headers and metadata of `write` alone. Knows no `onlyIfAbsent`. */
  copyObject(write: ObjectWrite, source: CopySource, signal: AbortSignal): Promise<WriteAnswer>;
  /**
   * All parts that have arrived, by number. A second call looks again. `undefined`: the store answers that it cannot list
   * them. Throws UploadLost for an upload that it does not know, or that belongs to another key.
   */
  listParts(target: ObjectAddress, uploadId: string): Promise<PartAtTarget[] | undefined>;
  /**
   * Makes the object of these parts. Never retried inside. After UploadLost or Unreachable, the caller looks whether the
   * object is there. A second call changes nothing: it throws UploadLost, or succeeds where the store remembers the
   * first. Throws Incomplete for a part that the store does not have as it is named, and TargetExists as `putObject`.
   */
  completeUpload(write: ObjectWrite, uploadId: string, parts: readonly PartAtTarget[]): Promise<void>;
  /** Uploads under way below a prefix, whoever began them; all pages. `undefined`: the store answers that it cannot. */
  listUploads(bucket: string, prefix: string): Promise<OpenUpload[] | undefined>;
  /**
   * The same, one page, so that the caller needs little memory even if there are many uploads. `next` of one page is
   * `from` of the next. It stays good when uploads end in between.
   */
  uploadsPage(bucket: string, prefix: string, from: UploadMarkers): Promise<OpenUploads | undefined>;
  /** An upload that is gone already is success, whether it was aborted or completed. The object at the key stays. */
  abortUpload(target: ObjectAddress, uploadId: string): Promise<void>;
};

/**
 * What remembers. Reads are consistent: what was written before is seen, and what has expired is not. Every method may
 * throw Throttled, Unreachable and Refused. If a write throws, it may have been made all the same: ask again.
 */
export type Checkpoints = {
  /** Stores a new header. If there is one already, changes nothing and gives that one back. */
  create(transfer: Transfer): Promise<Transfer>;
  /** The header as it was written last. `undefined`: there is none. */
  read(transferId: string): Promise<Transfer | undefined>;
  /**
   * Reads, changes, writes under a condition, again if somebody else was first. `change` may run several times, also on
   * the header that it made itself, if nobody heard that this was written. It gives `undefined` to leave the header as
   * it is. Returns the header as it then stands. Throws NotFound, and Throttled if others are first too often.
   */
  change(transferId: string, change: (transfer: Transfer) => Transfer | undefined): Promise<Transfer>;
  /** Writes the row of a part. A later write of the same part replaces it as a whole. */
  recordPart(transferId: string, uploadId: string, part: CopiedPart): Promise<void>;
  /** The rows of these parts of one upload, in the order of their numbers; a part without a row is left out. */
  parts(transferId: string, uploadId: string, fromPart: number, toPart: number): Promise<CopiedPart[]>;
  /**
   * Deletes the rows of these parts of one upload. A part without a row, or named twice, is success, so twice is the
   * same. If it throws, some rows may be left.
   */
  forgetParts(transferId: string, uploadId: string, partNumbers: readonly number[]): Promise<void>;
  /** Replaces the report of the batch that begins with this part. The numbers are absolute, so twice is the same. */
  report(transferId: string, report: BatchReport): Promise<void>;
  /** The last report of each batch, of this round or an earlier one, in the order of their first parts. */
  reports(transferId: string): Promise<BatchReport[]>;
  /** The same for one batch. `undefined`: no batch that begins with this part has reported. */
  reportOf(transferId: string, firstPart: number): Promise<BatchReport | undefined>;
  /**
   * Gives the target key to this transfer unless another one has it. Returns the owner: its own id only if it has the
   * key now. Throws Throttled if the owner freed the key just then.
   */
  lockTarget(target: ObjectAddress, transferId: string): Promise<string>;
  /** The present owner of the target key. Changes nothing. `undefined`: it is free. */
  lockOwner(target: ObjectAddress): Promise<string | undefined>;
  /** Frees the key if it is this transfer's. Otherwise, as in a second call, it changes nothing. */
  releaseTarget(target: ObjectAddress, transferId: string): Promise<void>;
  /** The transfer that an idempotency key was accepted for. The key comes hashed, as an id. `undefined`: none. */
  keyOwner(key: string): Promise<string | undefined>;
  /** Gives the key to this transfer, unless a transfer other than `instead` has it. Otherwise as `lockTarget`. */
  claimKey(key: string, claim: { readonly transferId: string; readonly instead: string | undefined }): Promise<string>;
  /** Keeps the URL of a source, with its query, for 16 days. Replaces the one that was kept before. */
  keepUrl(transferId: string, url: string): Promise<void>;
  /** The URL that was kept last. `undefined`: none was, or its time is over, or it was forgotten. */
  keptUrl(transferId: string): Promise<string | undefined>;
  /** Nobody needs the URL any more. One that is gone already is success. */
  forgetUrl(transferId: string): Promise<void>;
  /**
   * Newest first, each transfer once. `after` stays good though transfers are added. A page may have fewer than `limit`
   * transfers, or none, and go on all the same. Throws InvalidRequest for an `after` that no list gave.
   */
  list(page: TransfersFrom): Promise<TransferPage>;
};

export type TransfersFrom = { readonly limit: number; readonly after: string | undefined };
export type TransferPage = { readonly transfers: readonly Transfer[]; readonly after: string | undefined };

/**
 * The reports of sweeps: a summary of each, and pages of rows. Every write is absolute, so twice is the same. Reads and
 * errors are as those of `Checkpoints`.
 */
export type Sweeps = {
  /** Replaces the summary of this sweep. */
  write(summary: SweepSummary): Promise<void>;
  /** Replaces one page of a sweep. Pages are numbered from 1. */
  writeRows(sweepId: string, page: number, rows: readonly SweepRow[]): Promise<void>;
  /** Newest first, those that still run or have died among them. */
  newest(limit: number): Promise<SweepSummary[]>;
  /** The summary as it was written last. `undefined`: there is none. */
  read(sweepId: string): Promise<SweepSummary | undefined>;
  /** The rows of a page as they were written last. A page that was not written has none. */
  rows(sweepId: string, page: number): Promise<readonly SweepRow[]>;
};

export type ExecutionStatus = {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  readonly redrivable: boolean;
};

/** Step Functions, as far as it is needed. Every method may throw Throttled, Unreachable and Refused. */
export type Executions = {
  /**
   * The same name and input twice start one execution; the second call gives `true` while it runs. `false`: one of this
   * name has run and ended already.
   */
  start(name: string, input: { readonly transferId: string }): Promise<boolean>;
  /** A second call looks again. The answer may lag behind. `undefined`: Step Functions has forgotten it (90 days). */
  describe(arn: string): Promise<ExecutionStatus | undefined>;
  /**
   * Goes on where the execution failed. `false`: this one cannot be redriven (any more), because it runs, has succeeded or
   * is forgotten. So of two calls one gets `true`.
   */
  redrive(arn: string): Promise<boolean>;
  /** Ends an execution that runs. What has ended already, or is forgotten, stays as it is. */
  stop(arn: string, reason: string): Promise<void>;
  /** The number of events in the history so far. It never shrinks, also not by a redrive. */
  eventCount(arn: string): Promise<number>;
};

export type Clock = {
  nowMs(): number;
  /** Rejects with the signal's reason when that is aborted, or was before. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 (inclusive) to 1, for jitter. */
  random(): number;
};

export type Announcement = {
  readonly type: 'Transfer Succeeded' | 'Transfer Failed' | 'Transfer Aborted' | 'Transfer Paused' | 'Sweep Finished';
  readonly detail: Readonly<Record<string, unknown>>;
};

export type Ports = {
  readonly checkpoints: Checkpoints;
  readonly sweeps: Sweeps;
  readonly executions: Executions;
  /**
   * Opens the source. Asks no store. Credentials are fetched with each call, so that a repaired secret is seen at once.
   * Throws InvalidRequest for an endpoint that the stack does not have, NotAllowed for a place that the endpoint may not
   * read, and Refused for a secret that cannot be used.
   */
  source(transfer: Pick<Transfer, 'request'>): Promise<SourceStore>;
  /** Opens the object at the target to be read: what may be written may be read back. Throws as `source`. */
  written(transfer: Pick<Transfer, 'request'>, present: ObjectFacts): Promise<SourceStore>;
  /** Opens the target. Otherwise as `source`. */
  target(transfer: Pick<Transfer, 'request'>): Promise<TargetStore>;
  /** Signs writes that a client sends to the target itself. Throws as `target`. */
  signer(transfer: { readonly request: Pick<Transfer['request'], 'target'> }): Promise<WriteSigner>;
  /** What is known of a store, without asking it. Throws InvalidRequest for an endpoint that the stack does not have. */
  profile(endpoint: string): Promise<ProviderProfile>;
  /** Throws NotAllowed or InvalidRequest when the request names what the stack does not have. Reads no secret. */
  admit(request: Transfer['request']): Promise<void>;
  /** `undefined`: the stack has none of this name. Throws Throttled, Unreachable. */
  endpoint(name: string): Promise<EndpointFacts | undefined>;
  /** All endpoints of the stack. Throws as `endpoint`. */
  endpoints(): Promise<readonly EndpointFacts[]>;
  /** Opens a store by the endpoint's name, for the sweep, which looks at all its places. Otherwise as `source`. */
  store(endpoint: string): Promise<TargetStore>;
  readonly asPage: AsPage;
  /** Tells whoever listens, and counts. Twice tells and counts twice. Throws Throttled, Unreachable, Refused. */
  announce(announcement: Announcement): Promise<void>;
  readonly clock: Clock;
  /** The memory of the Lambdas that copy, for the cost. Default: that of `balanced`. */
  readonly copyingMiB?: number | undefined;
  /** When the time of this Lambda call is up, in milliseconds since 1970. */
  readonly deadlineMs: () => number;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

/** What may be told about an endpoint: never a secret, and not how its role is assumed. */
export type EndpointFacts = Omit<Endpoint, 'secretArn' | 'role'>;
