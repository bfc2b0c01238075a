import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Callers } from '../door/callers.ts';
import type { Observe } from '../door/observe.ts';
import type { Counters } from './counters.ts';
import type { Disk } from './disk.ts';
import type { Outbox } from './notifications.ts';
import type { Temper } from './temper.ts';
import type { RunningTemper } from './temper-rules.ts';
import type { Turns } from './turns.ts';

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
  /** Whether what comes without a checksum gets one, as at AWS; other stores keep what they are sent. True when left out. */
  readonly checksumByDefault?: boolean;
  /** "Object Created" events are POSTed here. */
  readonly notifyUrl?: string;
  /** For tests: scripted faults, changed at `PUT /-/temper`. An empty list can be changed; left out, there is no such call. */
  readonly temper?: Temper;
  /** For tests: functions whose own credentials are taken as well, as AWS S3 takes a role's; and who hears of their calls. */
  readonly callers?: Callers;
  readonly observe?: Observe;
};

/** All that the operations share while a store runs. */
export type Store = {
  readonly options: StoreOptions;
  readonly disk: Disk;
  readonly turns: Turns;
  readonly counters: Counters;
  readonly outbox: Outbox | undefined;
  readonly temper: RunningTemper | undefined;
  readonly nextSequencer: () => string;
};

/** One request, authorized and taken apart. */
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
  /** What a temper does to the body on its way in. */
  readonly flow?: (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;
};

export type Reply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A document; XML unless the headers say otherwise. */
  readonly text?: string;
  readonly content?: Content;
};

/** Bytes to send. `release` is called once the sending is over, also when it never began. */
export type Content = {
  readonly bytes: number;
  readonly chunks: () => AsyncIterable<Buffer>;
  readonly release: () => void;
};

export type Operation = (call: Call) => Promise<Reply>;
