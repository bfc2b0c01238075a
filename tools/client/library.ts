/**
 * The types of `partway/client`. They import nothing of the schema, so that a program needs no other package to compile.
 * The compiler holds them to the request and to the view: a field that is missing here fails `npm run types`.
 */
import type { Failure } from '../../functions/transfer/errors.ts';
import type { Receipt } from '../../functions/transfer/receipt.ts';
import type { Api } from './api/auth.ts';

/** What may be asked of an upload. docs/api.md has the limits; what is refused is refused by name, before a byte moves. */
export type Wishes = {
  /** Of every part but the last. Chosen by length and provider, if left out. */
  readonly partBytes?: number | undefined;
  /** Up to this many bytes a file goes as one request. */
  readonly multipartThresholdBytes?: number | undefined;
  /** `balanced`, if left out. `fast` sends 16 parts at once, `economy` sends larger parts. */
  readonly speed?: 'economy' | 'balanced' | 'fast' | undefined;
  /** Parts under way at once, 1 to 16. 4, if left out; of a stream, as many as two parts of the largest size take memory. */
  readonly partsAtOnce?: number | undefined;
  /** What may be sent in a second. No limit, if left out. A page waits between its parts, and sends each as fast as it can. */
  readonly bandwidthBytesPerSecond?: number | undefined;
  /** How a part is tried again: 3 times after 5 s, each wait twice the last, if left out. After that, as long as patience lasts. */
  readonly retry?:
    | {
        readonly count?: number | undefined;
        readonly intervalSeconds?: number | undefined;
        readonly backoff?: number | undefined;
      }
    | undefined;
  /** How long nothing may arrive before the upload ends: 3600, if left out. */
  readonly patienceSeconds?: number | undefined;
  /** What each part is proven by: its MD5 where the target answers with it (the default), or our CRC32 alone. */
  readonly checksum?: 'auto' | 'md5' | 'crc32' | undefined;
  /** What the finished object is held to: what the target publishes of it (the default), or every byte, read again. */
  readonly verify?: 'published' | 'read-back' | undefined;
  /** What becomes of an object that is at the target already: `always` replaces it, and is the default. */
  readonly overwrite?: 'always' | 'never' | 'if-different' | undefined;
  /** What becomes of the parts when a person would have to repair something: `keep`, if left out. */
  readonly onFailure?: 'keep' | 'abort' | undefined;
  /**
   * Finishes an upload of a file that another program began. Its parts count if their ETags are the MD5s of the file's; the
   * others are sent again.
   */
  readonly resumeFrom?:
    | {
        readonly uploadId: string;
        /** Of every part but the last, as the other program cut them. */
        readonly partBytes: number;
        /** The parts that are there. If this is left out: all that the store lists. */
        readonly parts?: { partNumber: number; etag: string }[] | undefined;
        /** Parts from this one on are sent again. */
        readonly firstMissingPart?: number | undefined;
      }
    | undefined;
  readonly contentType?: string | undefined;
  readonly cacheControl?: string | undefined;
  readonly contentDisposition?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly contentLanguage?: string | undefined;
  /** A time such as 2026-11-20T10:00:00Z, or a date as HTTP writes one. */
  readonly expires?: string | undefined;
  /** Other headers of the request that creates the object. A page can send only those that its browser lets it set. */
  readonly headers?: Record<string, string> | undefined;
  /** User metadata; names are lower case. */
  readonly metadata?: Record<string, string> | undefined;
  readonly tags?: Record<string, string> | undefined;
  readonly storageClass?: string | undefined;
  readonly acl?:
    | 'private'
    | 'public-read'
    | 'public-read-write'
    | 'authenticated-read'
    | 'aws-exec-read'
    | 'bucket-owner-read'
    | 'bucket-owner-full-control'
    | undefined;
  readonly encryption?:
    | { readonly type: 'AES256' }
    | { readonly type: 'aws:kms'; readonly keyId?: string | undefined }
    | undefined;
};

/** An endpoint of the stack, and the object there. */
export type Target = { readonly endpoint: string; readonly bucket: string; readonly key: string };

export type UploadOptions = Observers &
  Wishes & {
    readonly api: Api;
    readonly target: Target;
    /** What lists call the source. The name of the file, if left out. */
    readonly name?: string | undefined;
    /** The same key is the same transfer, for 90 days. */
    readonly idempotencyKey?: string | undefined;
    /** Goes on with an unfinished upload of the same bytes to the same target, and begins none: NotFound if there is none. */
    readonly onlyResume?: boolean | undefined;
  };

export type FileOptions = UploadOptions & {
  /** Compares each part that is there already before anything is sent, even if the file has the same name and time. */
  readonly verifyParts?: boolean | undefined;
};

export type StreamOptions = UploadOptions & {
  /** About how long it will be, so that its parts are large enough. Without it, a stream may have 700 GB. */
  readonly expectBytes?: number | undefined;
  /**
   * In Node: a folder in which the parts wait, instead of memory. So they may be large, and a stream may have 5 TiB where
   * the target takes that.
   */
  readonly spool?: string | undefined;
};

/** One transfer of this API. */
export type Named = { readonly api: Api; readonly transferId: string; readonly signal?: AbortSignal | undefined };

export type ResumeOptions = Named &
  Observers &
  Pick<FileOptions, 'name' | 'verifyParts' | 'partsAtOnce' | 'bandwidthBytesPerSecond' | 'retry' | 'patienceSeconds'> &
  Pick<StreamOptions, 'spool'>;

/** What whoever asks for an upload is told on the way. */
export type Observers = {
  /** Stops the upload, which goes on with the same call. What is thrown is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called at most 8 times a second, and with each part that is done. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
  /** Called with the transfer as it is found or begun, before anything is sent. */
  readonly onStarted?: ((view: TransferView) => void) | undefined;
  /** A sentence for people: what went wrong, and what Partway does about it. */
  readonly onTrouble?: ((sentence: string) => void) | undefined;
};

export type UploadProgress = {
  /** At the target, or on the way. It falls when a part that was on the way is sent again. */
  readonly bytesDone: number;
  /** Unknown while a stream has not ended. */
  readonly bytesTotal: number | undefined;
  /** Since the call. */
  readonly seconds: number;
  readonly partsDone: number;
  readonly partsTotal: number | undefined;
  readonly retries: number;
  /** `pushing` while this client sends; then the service compares and completes. */
  readonly state: TransferState;
  /** All that is known of the transfer. */
  readonly view: TransferView;
};

/** `copied` and `aborted` are final. `paused` and `failed` wait for somebody who resumes. */
export type TransferState = 'accepted' | 'pushing' | 'copying' | 'copied' | 'paused' | 'failed' | 'aborted';

/** A transfer as the service shows it. */
export type TransferView = {
  readonly transferId: string;
  readonly state: TransferState;
  readonly source: string;
  /** `endpoint:bucket/key` */
  readonly target: string;
  /** How the object is cut; of a stream that has not ended, how the longest one would be. */
  readonly plan:
    | {
        readonly objectBytes: number;
        /** Of every part but the last; where parts grow, of the largest. */
        readonly partBytes: number;
        readonly partCount: number;
        /** Parts begin with `firstBytes` and double after every `everyParts` parts. */
        readonly growth?: { readonly firstBytes: number; readonly everyParts: number } | undefined;
      }
    | undefined;
  readonly progress: Progress;
  readonly pausesBy?: string | undefined;
  /** ISO 8601, UTC, as `updatedAt`. */
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Of an upload, since the call; of a view that was asked for, since the transfer began. */
  readonly elapsedSeconds: number;
  /** The ARN of the execution that compares and completes. */
  readonly execution: string | undefined;
  readonly failure: Failure | undefined;
  /** Partway refused it before anything began: it holds no key, and the target has nothing of it. */
  readonly refused?: true | undefined;
  /** The last thing that went wrong, while the transfer goes on. */
  readonly lastError: string | undefined;
  /** What was proven, and by what. Of a `copied` transfer; missing if the object was there before and stayed. */
  readonly receipt: Receipt | undefined;
  /** The object was at the target already, and nothing was copied: what was compared. */
  readonly kept?: string | undefined;
  readonly push?:
    | {
        /** The store checks a CRC32 that is signed with each part. */
        readonly signsCrc32: boolean;
        /** It also checks an MD5 that is signed with a part. */
        readonly signsMd5?: boolean;
        /** The store answers with the MD5 of each part. */
        readonly etagIsMd5: boolean;
        /** Another program has sent some of the parts. */
        readonly adopts?: true | undefined;
        readonly name: string;
        /** In milliseconds since 1970, UTC. */
        readonly modifiedMs?: number | undefined;
      }
    | undefined;
};

export type Progress = {
  readonly phase: 'copying' | 'reading back';
  readonly partsCopied: number;
  readonly partsTotal: number;
  readonly bytesCopied: number;
  readonly partsReadBack: number;
  readonly bytesReadBack: number;
  /** On the way, and not safe yet. A pause would throw away `bytesTooSlow` of them. */
  readonly bytesInFlight: number;
  readonly bytesTooSlow: number;
  /** Were done or on the way, and must be moved once more. */
  readonly bytesLost: number;
  /** 0 while a stream has not ended. */
  readonly bytesTotal: number;
  readonly bytesSent: number;
  readonly retries: number;
  readonly round: number;
};

/** A part that is safe at the target. */
export type SafePart = {
  readonly partNumber: number;
  readonly bytes: number;
  readonly etag: string;
  /** As a number; unknown for parts that another program sent. */
  readonly crc32?: number | undefined;
};

/** What a platform gives: `FileSource` and `StreamSource` are what its programs have. */
export type Uploads<FileSource, StreamSource> = {
  /**
   * Uploads bytes that can be read at any place. The same call again, also after a crash and elsewhere, goes on with the
   * parts that are missing. Gives the transfer as it ended: `copied`, or `aborted`, `failed` or `paused` by somebody else.
   * Throws PartwayError.
   */
  uploadFile(options: FileOptions & { readonly source: FileSource }): Promise<TransferView>;
  /**
   * Uploads a stream whose length nobody knows before its end. The same stream again goes on: what is at the target is
   * compared, and not sent. Throws as `uploadFile`, and StreamTooLong where its plan ends.
   */
  uploadStream(options: StreamOptions & { readonly source: StreamSource }): Promise<TransferView>;
  /**
   * Goes on with the transfer of this id, also one that was paused or has failed. Throws InvalidRequest if it is no push,
   * or one of another length; NotFound; Ended if it was aborted.
   */
  resume(options: ResumeOptions & { readonly source: FileSource | StreamSource }): Promise<TransferView>;
};
