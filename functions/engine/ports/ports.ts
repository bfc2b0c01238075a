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
import type { SignedWrite } from '../../transfer/push.ts';
import type { SweepRow, SweepSummary } from '../../transfer/sweep-report.ts';
import type { BatchReport } from '../../transfer/tally.ts';
import type { CopiedPart, ObjectAddress, ObjectFacts, Transfer } from '../../transfer/transfer.ts';

/**
 * What the engine needs of the world. Every method may be called twice with the same arguments; the comments say what
 * the second call does. Failures are TransferErrors; a missing thing is `undefined`.
 */

/** Something to read from: an object at an endpoint, or a URL. */
export type SourceStore = {
  /** `undefined`: there is no such object. Throws NoSuchBucket, Refused, Unreachable, Throttled. */
  inspect(): Promise<ObjectFacts | undefined>;
  /**
   * Exactly the bytes of one range. Throws SourceChanged if the source is no longer the pinned one, if it ignores the
   * range, or if its size differs. The stream errors if bytes are missing.
   */
  read(range: ByteRange, pin: ObjectFacts, signal: AbortSignal): Promise<Readable>;
};

/** Something to write to. */
export type TargetStore = {
  readonly profile: ProviderProfile;
  inspect(target: ObjectAddress): Promise<ObjectFacts | undefined>;
  /** Replaces what is there. Throws TargetExists when asked to write only where nothing is. */
  putObject(write: ObjectWrite, body: Readable, bytes: number, signal: AbortSignal): Promise<WriteAnswer>;
  /** Twice begins two uploads: the caller writes the id down at once. */
  beginUpload(write: ObjectWrite): Promise<string>;
  /** The last writer of a part wins. Throws UploadLost, Throttled, Unreachable, Refused. */
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
  /** `undefined`: the store answers that it cannot list them. Throws UploadLost for an upload that it does not know. */
  listParts(target: ObjectAddress, uploadId: string): Promise<PartAtTarget[] | undefined>;
  /** Never retried inside. After UploadLost or Unreachable, the caller looks whether the object is there. */
  completeUpload(write: ObjectWrite, uploadId: string, parts: readonly PartAtTarget[]): Promise<void>;
  /** Uploads under way below a prefix, whoever began them; all pages. `undefined`: the store answers that it cannot. */
  listUploads(bucket: string, prefix: string): Promise<OpenUpload[] | undefined>;
  /** The same, one page, so that the caller needs little memory even if there are many uploads. */
  uploadsPage(bucket: string, prefix: string, from: UploadMarkers): Promise<OpenUploads | undefined>;
  /** An upload that is gone already is success. */
  abortUpload(target: ObjectAddress, uploadId: string): Promise<void>;
};

/** Each URL is good for one PUT of this length, and lives no longer than 15 minutes. Nothing is asked of the store. */
export type WriteSigner = {
  /** `crc32` is signed with it, so that the store refuses other bytes. */
  part(part: Omit<PartWrite, 'checksum'>, crc32: number | undefined): Promise<SignedWrite>;
  object(write: ObjectWrite, bytes: number, crc32: number | undefined): Promise<SignedWrite>;
};

/** What remembers. Reads are consistent: what was written before is seen. */
export type Checkpoints = {
  /** Stores a new header, or gives back the one that is there. */
  create(transfer: Transfer): Promise<Transfer>;
  read(transferId: string): Promise<Transfer | undefined>;
  /**
   * Reads, changes, writes under a condition, again if somebody else was first. `change` may run several times; it
   * gives `undefined` to leave the header as it is. Returns the header as it then stands.
   */
  change(transferId: string, change: (transfer: Transfer) => Transfer | undefined): Promise<Transfer>;
  /** Writes the row of a part. A later write of the same part replaces it. */
  recordPart(transferId: string, uploadId: string, part: CopiedPart): Promise<void>;
  /** The rows of these parts of one upload, in the order of their numbers; a part without a row is left out. */
  parts(transferId: string, uploadId: string, fromPart: number, toPart: number): Promise<CopiedPart[]>;
  forgetParts(transferId: string, uploadId: string, partNumbers: readonly number[]): Promise<void>;
  /** Replaces the report of the batch that begins with this part. The numbers are absolute, so twice is the same. */
  report(transferId: string, report: BatchReport): Promise<void>;
  reports(transferId: string): Promise<BatchReport[]>;
  reportOf(transferId: string, firstPart: number): Promise<BatchReport | undefined>;
  /** Gives the target key to this transfer unless another one has it. Returns the owner. */
  lockTarget(target: ObjectAddress, transferId: string): Promise<string>;
  /** The present owner of the target key. Changes nothing. */
  lockOwner(target: ObjectAddress): Promise<string | undefined>;
  /** Frees the key if it is this transfer's. */
  releaseTarget(target: ObjectAddress, transferId: string): Promise<void>;
  /** The transfer that an idempotency key was accepted for. The key comes hashed, as an id. */
  keyOwner(key: string): Promise<string | undefined>;
  /** Gives the key to this transfer, unless a transfer other than `instead` has it. Returns the owner. */
  claimKey(key: string, claim: { readonly transferId: string; readonly instead: string | undefined }): Promise<string>;
  /**
   * Newest first, each transfer once. `after` stays good though transfers are added. A page may have fewer than `limit`
   * transfers, or none, and go on all the same. Throws InvalidRequest for an `after` that no list gave.
   */
  list(page: TransfersFrom): Promise<TransferPage>;
};

export type TransfersFrom = { readonly limit: number; readonly after: string | undefined };
export type TransferPage = { readonly transfers: readonly Transfer[]; readonly after: string | undefined };

/** What is kept of the sweeps: a summary of each, and pages of rows. Every write is absolute, and may happen twice. */
export type Sweeps = {
  write(summary: SweepSummary): Promise<void>;
  /** Pages are numbered from 1. */
  writeRows(sweepId: string, page: number, rows: readonly SweepRow[]): Promise<void>;
  /** Newest first, those that still run or have died among them. */
  newest(limit: number): Promise<SweepSummary[]>;
  read(sweepId: string): Promise<SweepSummary | undefined>;
  rows(sweepId: string, page: number): Promise<readonly SweepRow[]>;
};

export type ExecutionStatus = {
  readonly status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';
  readonly redrivable: boolean;
};

/** Step Functions, as far as it is needed. */
export type Executions = {
  /** The same name twice starts one execution. `false`: one of this name has run and ended already. */
  start(name: string, input: { readonly transferId: string }): Promise<boolean>;
  /** `undefined`: Step Functions has forgotten it (90 days). */
  describe(arn: string): Promise<ExecutionStatus | undefined>;
  /** `false`: this execution cannot be redriven (any more); begin a new one. */
  redrive(arn: string): Promise<boolean>;
  /** What has ended already stays as it is. */
  stop(arn: string, reason: string): Promise<void>;
  /** The number of events in the history so far. */
  eventCount(arn: string): Promise<number>;
};

export type Clock = {
  nowMs(): number;
  /** Rejects with the signal's reason when it is aborted. */
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
  /** Credentials are fetched with each call, so that a repaired secret is seen at once. Throws NotAllowed, InvalidRequest. */
  source(transfer: Pick<Transfer, 'request'>): Promise<SourceStore>;
  /** The object at the target as something to read: what may be written may be read back. */
  written(transfer: Pick<Transfer, 'request'>, present: ObjectFacts): Promise<SourceStore>;
  target(transfer: Pick<Transfer, 'request'>): Promise<TargetStore>;
  /** Signs writes that a client sends to the target itself. Throws as `target`. */
  signer(transfer: Pick<Transfer, 'request'>): Promise<WriteSigner>;
  /** What is known of a store, without asking it. Throws InvalidRequest for an endpoint that the stack does not have. */
  profile(endpoint: string): Promise<ProviderProfile>;
  /** Throws NotAllowed or InvalidRequest when the request names what the stack does not have. Reads no secret. */
  admit(request: Transfer['request']): Promise<void>;
  /** `undefined`: the stack has none of this name. Throws Throttled, Unreachable. */
  endpoint(name: string): Promise<EndpointFacts | undefined>;
  endpoints(): Promise<readonly EndpointFacts[]>;
  /** A store by the endpoint's name, for sweeping. */
  store(endpoint: string): Promise<TargetStore>;
  /** Tells whoever listens, and counts. */
  announce(announcement: Announcement): Promise<void>;
  readonly clock: Clock;
  /** When the time of this Lambda call is up, in milliseconds since 1970. */
  readonly deadlineMs: () => number;
  readonly log: (message: string, facts: Readonly<Record<string, unknown>>) => void;
};

/** What may be told about an endpoint: never a secret. */
export type EndpointFacts = Omit<Endpoint, 'secretArn'>;
