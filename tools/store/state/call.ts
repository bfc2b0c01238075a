import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Callers } from '../../signed/callers.ts';
import type { Observe } from '../../signed/observe.ts';
import type { Counters } from '../protocol/counters.ts';
import type { Turns } from '../protocol/turns.ts';
import type { Disk } from './disk.ts';
import type { Outbox } from './notifications.ts';

export type StoreOptions = {
  /** Created when missing; a second start goes on with what is there. */
  readonly directory: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** The signing region that is expected. */
  readonly region: string;
  /** Made at the start when missing. */
  readonly buckets: readonly string[];
  /** The smallest part that is not the last; AWS's 5 MiB when left out. */
  readonly partBytesMin?: number;
  /** Whether an object that comes without a checksum gets one, as at AWS. Other stores compute none. Default: true. */
  readonly checksumByDefault?: boolean;
  /** "Object Created" events are POSTed here. */
  readonly notifyUrl?: string;
  /** For tests: what happens around each operation. */
  readonly around?: Around;
  /**
   * For tests: functions whose own credentials are accepted too, as AWS S3 accepts a role's, and an observer of their
   * calls.
   */
  readonly callers?: Callers;
  readonly observe?: Observe;
};

/** A function around the store. It may refuse, delay and change requests and answers. */
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
  /** The headers, and those that a presigned URL carries in its query. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** x-amz-content-sha256: a digest, UNSIGNED-PAYLOAD or one of the STREAMING words. */
  readonly payloadHash: string;
  /** What is done to the body on its way in. */
  readonly flow?: (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
};

export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A document; XML unless the headers say otherwise. */
  readonly text?: string;
  readonly content?: Content;
};

/** Bytes to send. `release` is called once when the sending is over, also if it never began. */
export type Content = {
  readonly bytes: number;
  readonly chunks: () => AsyncIterable<Buffer>;
  readonly release: () => void;
};

export type Operation = (call: Call) => Promise<Reply>;
