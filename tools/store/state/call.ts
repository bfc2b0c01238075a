import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Callers } from '../../signed/callers.ts';
import type { Observe } from '../../signed/observe.ts';
import type { Counters } from '../protocol/counters.ts';
import type { Turns } from '../protocol/turns.ts';
import type { Disk } from './disk.ts';
import type { Outbox } from './notifications.ts';

export type StoreOptions = {
  /** The store creates it if it is missing. A second start uses the data in it. */
  readonly directory: string;
  /** 0 means any free port. */
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The region that clients must sign for. */
  readonly region: string;
  /** The store creates those that are missing when it starts. */
  readonly buckets: readonly string[];
  /** The smallest size of a part that is not the last one. Default: AWS's 5 MiB. */
  readonly partBytesMin?: number;
  /** Whether the store computes a checksum if the client sends none, as AWS does. Other stores do not. Default: true. */
  readonly checksumByDefault?: boolean;
  /** The store POSTs "Object Created" events to this URL. */
  readonly notifyUrl?: string;
  /** For tests: code that runs around each operation. */
  readonly around?: Around;
  /** For tests: functions whose own credentials the store accepts too, as AWS S3 accepts those of a role. */
  readonly callers?: Callers;
  /** For tests: observes the calls of these functions. */
  readonly observe?: Observe;
};

/** Code around the store's operations. It may refuse, delay and change requests and answers. */
export type Around = {
  run(call: Call, operation: Operation): Promise<Reply>;
  /** Answers requests below `/-/`, without a signature. `undefined`: there is no such page. */
  control(request: IncomingMessage): Promise<Reply | undefined>;
};

/** All that the operations share while a store runs. */
export type Store = {
  readonly options: StoreOptions;
  readonly disk: Disk;
  readonly turns: Turns;
  readonly counters: Counters;
  readonly outbox: Outbox | undefined;
  readonly nextSequencer: () => string;
};

/** One request, after its signature was verified and its parts were read. */
export type Call = {
  readonly store: Store;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly operation: string;
  readonly bucketName: string;
  readonly key: string;
  readonly query: Readonly<Record<string, string>>;
  /** The headers, together with those that a presigned URL has in its query. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** x-amz-content-sha256: a digest, UNSIGNED-PAYLOAD or one of the STREAMING words. */
  readonly payloadHash: string;
  /** Changes the body while it comes in. */
  readonly flow?: (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
};

export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A document. It is XML unless the headers say otherwise. */
  readonly text?: string;
  readonly content?: Content;
};

/** Bytes to send. The sender calls `release` once at the end, also if it sent nothing. */
export type Content = {
  readonly bytes: number;
  readonly chunks: () => AsyncIterable<Buffer>;
  readonly release: () => void;
};

export type Operation = (call: Call) => Promise<Reply>;
