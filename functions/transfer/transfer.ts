import type { Failure } from './errors.ts';
import type { HandedOut } from './messages.ts';
import type { Plan } from './plan.ts';
import type { UploadChecksum } from './proof.ts';
import type { PushRules } from './push.ts';
import type { Receipt } from './receipt.ts';
import type { TransferRequest } from './request.ts';
import { nothingYet, type Tally } from './tally.ts';
import type { OtherCrcs } from './values/checksums.ts';
import type { Tags } from './values/tags.ts';

/** An object in a store that has a name in the stack. */
export type ObjectAddress = { readonly endpoint: string; readonly bucket: string; readonly key: string };

/**
 * What a store says of an object. We keep the ETag as it came, without quotes. Whether it is a hash depends on the
 * store.
 */
export type ObjectFacts = {
  readonly bytes: number;
  readonly etag: string | undefined;
  readonly versionId?: string | undefined;
  /** When it was last written, as an HTTP date. If there is no ETag, only this tells generations apart. */
  readonly modified?: string | undefined;
  /** The CRC32 of the whole object, as a number, if the store publishes one. */
  readonly crc32?: number | undefined;
  /** Other CRCs of the whole object that the store publishes. */
  readonly crcs?: OtherCrcs | undefined;
  readonly headers: ContentHeaders;
  readonly metadata: Readonly<Record<string, string>>;
  /** How many entries the store could not send because they cannot be headers. AWS counts them. */
  readonly metadataUntold?: number | undefined;
  /** Stores leave it out if they have none or do not tell, and for STANDARD. */
  readonly storageClass?: string | undefined;
  /** Set if it is archived: why nobody can read it before it is restored. */
  readonly archived?: string | undefined;
  /** AES256, aws:kms and the like. */
  readonly encryption?: string | undefined;
  readonly tagCount?: number | undefined;
  /** The tags of a source. They are read if it has any. */
  readonly tags?: Tags | undefined;
  /** Why they could not be read. */
  readonly tagsUnread?: string | undefined;
  /** What else it has that is not carried, in words. */
  readonly others?: readonly string[] | undefined;
};

/** The headers that belong to an object and travel with it. */
export type ContentHeaders = {
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** An HTTP date, or the source's value instead of one. */
  readonly expires?: string | undefined;
};

/** A part that the target has, with what proves it. */
export type CopiedPart = {
  readonly partNumber: number;
  readonly bytes: number;
  readonly etag: string;
  /** Unknown, like `crcs`, for parts that another program sent or that the store copied. */
  readonly crc32?: number | undefined;
  /** Other CRCs, if the target or the source publishes them for whole objects. */
  readonly crcs?: OtherCrcs | undefined;
  /** The store copied it from the source by itself. Its bytes did not pass through Partway. */
  readonly copiedInStore?: true | undefined;
  /** The round in which it was copied, so that progress does not count it twice. */
  readonly round: number;
  /** Set when it was read back. If copying records the part again, this is lost. */
  readonly readBack?: ReadBackMark | undefined;
};

/** A part's range of the completed object was read, and is what was sent. */
export type ReadBackMark = {
  readonly round: number;
  readonly crc32: number;
  /** Which write of the object was read, as `writeOf` gives it. Another write has not been read. */
  readonly of: string;
};

/**
 * Where a transfer is. `copied` and `aborted` are final; `failed` and `paused` wait for a person, `pushing` for the client
 * that has the bytes.
 */
export type TransferState = 'accepted' | 'pushing' | 'copying' | 'copied' | 'paused' | 'failed' | 'aborted';

/** The execution that drives a transfer now. */
export type DrivingExecution = {
  readonly arn: string;
  /** How often it had been redriven when it last claimed the transfer. */
  readonly redriveCount: number;
  /** The time of its last claim, if the redrive count had not grown although the transfer was marked as failed. */
  readonly revivedAtMs?: number | undefined;
};

/** What a batch or Complete found wrong. The next Plan judges it. */
export type NotedFailure = { readonly round: number; readonly name: string; readonly message: string };

/** What DynamoDB keeps of a transfer, besides its parts. Times are milliseconds since 1970, UTC. */
export type Transfer = {
  readonly transferId: string;
  readonly request: TransferRequest;
  /** The sequencer of the S3 event that began it. Later writes of one key have higher ones. */
  readonly sequencer: string | undefined;
  readonly state: TransferState;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly execution: DrivingExecution | undefined;
  readonly executionsBegun: number;
  readonly source: ObjectFacts | undefined;
  readonly plan: Plan | undefined;
  /** `whole`: one request, no upload. */
  readonly method: 'whole' | 'parts' | undefined;
  /** Whether source and target are at one endpoint that copies by itself. What it refuses is streamed. */
  readonly copiesInStore: boolean;
  /** Why it refused, in its own words. From then on bytes are streamed. */
  readonly copyRefused: string | undefined;
  readonly uploadId: string | undefined;
  /**
   * The checksum with which the upload was begun. Left out if there is none, if the upload was adopted, and by older
   * code.
   */
  readonly uploadChecksum?: UploadChecksum | undefined;
  readonly uploadsBegun: number;
  /** How many of them were begun before a person last intervened. Three more are allowed. */
  readonly uploadsForgiven: number;
  /** Whether another program began the upload, as the request's resumeFrom says. */
  readonly isAdopted: boolean;
  /** Only in a push: what its client must know about the target. */
  readonly push?: PushRules | undefined;
  /** What was at the target when the upload was adopted, as `markOf` gives it. The new object has no id of ours. */
  readonly adoptedOver: string | undefined;
  /** How often it began again because the source had changed. */
  readonly sourceRestarts: number;
  readonly round: number;
  /** What Plan handed out in this round, and when. The wait comes first. Headers of older code do not have it. */
  readonly handedOut?: HandedOut | undefined;
  /** How many batches run at once in this round, if a store or a server took no more. Otherwise the request says it. */
  readonly batchesAtOnce?: number | undefined;
  /** Set if this round is to end early, because of a pause or another bandwidth: its batches end by then. */
  readonly roundEndsByMs?: number | undefined;
  /** Whether the next Plan compares the checkpoint with what the target says it has. */
  readonly mistrusted: boolean;
  readonly tally: Tally;
  /** When a part was last copied, or when patience began anew. */
  readonly progressAtMs: number;
  /** For how long since `progressAtMs` (as `sinceMs`) Lambda ran none of our functions. Patience does not count it. */
  readonly lost?: { readonly sinceMs: number; readonly ms: number } | undefined;
  /** Rounds in a row that copied nothing. */
  readonly idleRounds: number;
  /**
   * Since when a step that copies nothing could not reach a store, without the time in which Lambda had no room. Kept
   * until a round begins.
   */
  readonly awaySinceMs: number | undefined;
  /** Until when that time is counted: the end of the last wait. */
  readonly awayUntilMs?: number | undefined;
  /** How often such a step failed in one visit of its state. `onFailure: "abort"` needs to know the last try. */
  readonly tries?: { readonly visit: string; readonly failed: number } | undefined;
  readonly noted: NotedFailure | undefined;
  /** The Complete whose answer nobody has heard yet. */
  readonly completing?: { readonly uploadId: string; readonly atMs: number } | undefined;
  readonly cancelRequested: boolean;
  readonly pauseRequested: boolean;
  /** Set when the object is complete and is to be read back. From then on the upload is gone, and nothing is sent. */
  readonly readingBack: CompletedObject | undefined;
  readonly failure: Failure | undefined;
  readonly receipt: Receipt | undefined;
  /** Why nothing was copied: what was compared with the object that was there already. */
  readonly kept?: string | undefined;
};

/** The object as Complete left it, and the round in which it was first there. */
export type CompletedObject = { readonly round: number; readonly present: ObjectFacts };

/**
 * What tells this generation of an object from the next. `undefined`: nothing does. A date is exact only to a second.
 */
export function generationOf({ etag, modified }: Pick<ObjectFacts, 'etag' | 'modified'>): string | undefined {
  return etag ?? (modified === undefined ? undefined : `Last-Modified: ${modified}`);
}

/** What tells an object at a key from the next one there, even if both have the same bytes. */
export function markOf(present: ObjectFacts | undefined): string {
  return present ? [present.etag, present.versionId, present.modified, present.bytes].join(' ') : 'nothing';
}

/**
 * The upload under which the rows of a transfer's parts are filed. An object that goes as one request has no upload,
 * but the checkpoint records it in the same way.
 */
export function uploadOf(transfer: Transfer): string {
  return transfer.uploadId ?? `whole-${transfer.sourceRestarts}`;
}

export function isFinal(state: TransferState): boolean {
  return state === 'copied' || state === 'aborted';
}

/** Whether it waits for a person, who may resume it. */
export function isWaiting(state: TransferState): boolean {
  return state === 'failed' || state === 'paused';
}

export function targetName(address: ObjectAddress): string {
  return `${address.endpoint}:${address.bucket}/${address.key}`;
}

/** A new transfer, when we know only the request. */
export function newTransfer(transferId: string, request: TransferRequest, nowMs: number, sequencer?: string): Transfer {
  return {
    transferId,
    request,
    sequencer,
    state: 'accepted',
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    execution: undefined,
    executionsBegun: 0,
    source: undefined,
    plan: undefined,
    method: undefined,
    copiesInStore: false,
    copyRefused: undefined,
    uploadId: undefined,
    uploadsBegun: 0,
    uploadsForgiven: 0,
    isAdopted: false,
    adoptedOver: undefined,
    sourceRestarts: 0,
    round: 0,
    mistrusted: false,
    tally: nothingYet,
    progressAtMs: nowMs,
    idleRounds: 0,
    awaySinceMs: undefined,
    noted: undefined,
    cancelRequested: false,
    pauseRequested: false,
    readingBack: undefined,
    failure: undefined,
    receipt: undefined,
  };
}
