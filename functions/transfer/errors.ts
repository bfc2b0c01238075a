import { messageText } from './values/foreign-text.ts';

/**
 * Every way in which a transfer can fail, and what is done about it. The name is the contract: adapters produce it, the
 * engine throws it, Step Functions matches it, HTTP and the CLI translate it, and docs/errors.md explains it.
 */

/**
 * retry: try the same thing again, soon.
 * replan: begin a new upload at the target.
 * abort: end the transfer for good, and its upload with it.
 * refuse: say so before a byte moves.
 * leave: stop where we are. A person repairs the cause, then redrives.
 * send: stop where we are. The client that has the bytes sends what is missing.
 */
export type Remedy = 'retry' | 'replan' | 'abort' | 'refuse' | 'leave' | 'send';

type Row = { readonly remedy: Remedy; readonly httpStatus: number; readonly next: string };

export const errors = {
  Throttled: {
    remedy: 'retry',
    httpStatus: 503,
    next: 'Nothing, while a transfer runs: Partway slows down and tries again. Resume one that has stopped. If Partway refused a call of yours, make it again.',
  },
  Unreachable: {
    remedy: 'retry',
    httpStatus: 502,
    next: "Check the endpoint's URL and the network. A transfer that runs tries again by itself. Resume one that has stopped.",
  },
  Incomplete: {
    remedy: 'retry',
    httpStatus: 500,
    next: 'Nothing, while a transfer runs: Partway copies the missing parts in the next round. Resume one that has stopped.',
  },
  ClockSkewed: {
    remedy: 'retry',
    httpStatus: 502,
    next: 'Set the clock of the machine that signs the requests. Then resume the transfer, or ask again.',
  },
  Expired: {
    remedy: 'retry',
    httpStatus: 502,
    next: "If something renews the credentials, do nothing: Partway reads the secret again with each attempt. Otherwise put fresh credentials into the endpoint's secret. Resume a transfer that has stopped.",
  },
  Queued: {
    remedy: 'retry',
    httpStatus: 409,
    next: 'Nothing, while a transfer runs: Partway copies the object when the copy of its older version is done. Resume one that has stopped.',
  },
  UploadLost: {
    remedy: 'replan',
    httpStatus: 409,
    next: 'Partway begins a new upload, at most 3 times a transfer. If you push a stream, give the whole stream again.',
  },
  SourceRestarted: {
    remedy: 'replan',
    httpStatus: 409,
    next: 'Nothing: Partway begins again with the source as it is now, at most 3 times a transfer.',
  },
  PartsMissing: {
    remedy: 'send',
    httpStatus: 409,
    next: 'Give the same `partway copy` command again. It sends only the parts that the store does not have.',
  },
  StreamTooLong: {
    remedy: 'leave',
    httpStatus: 409,
    next: 'Abort the transfer, which removes what was sent; what was at the target before is untouched. Then send the stream again with a larger `source.client.expectBytes` or `partBytes`, or with parts that wait on disk: `source.client.spools`.',
  },
  SourceChanged: {
    remedy: 'abort',
    httpStatus: 409,
    next: 'Let the writer of the source finish, then send the request again: it starts from nothing.',
  },
  Damaged: {
    remedy: 'abort',
    httpStatus: 502,
    next: 'Send the request again. If it happens twice, the store or the path to it alters bytes: report it to the provider. If its ETags of 32 digits are no MD5s, ask with `checksum: "crc32"`.',
  },
  TargetChanged: {
    remedy: 'abort',
    httpStatus: 409,
    next: 'Find out who else writes this key. Then keep the object that is there, or send the request again.',
  },
  Cancelled: {
    remedy: 'abort',
    httpStatus: 409,
    next: 'Nothing: Partway aborted the upload, as you asked. The same request starts a new transfer.',
  },
  InvalidRequest: { remedy: 'refuse', httpStatus: 400, next: 'Correct what the message names, and ask again.' },
  Ended: {
    remedy: 'refuse',
    httpStatus: 409,
    next: 'Nothing is left to do for this transfer. To copy the object again, send the request again.',
  },
  TooLarge: {
    remedy: 'refuse',
    httpStatus: 400,
    next: 'Choose a target that takes an object of this size.',
  },
  TargetExists: { remedy: 'refuse', httpStatus: 409, next: 'Choose another key, or ask with `overwrite: "always"`.' },
  TargetBusy: {
    remedy: 'refuse',
    httpStatus: 409,
    next: 'Wait until the transfer that the message names has ended, or abort it. Then ask again.',
  },
  KeyReused: { remedy: 'refuse', httpStatus: 422, next: 'Ask again with another Idempotency-Key, or without one.' },
  SourceMissing: {
    remedy: 'refuse',
    httpStatus: 404,
    next: 'Check the path of the file, or the bucket, key and version of the source.',
  },
  NotAllowed: {
    remedy: 'refuse',
    httpStatus: 403,
    next: 'Ask for something that the endpoint allows, or allow this in the stack. A URL must lead to a public address. Restore an archived object first.',
  },
  NotFound: {
    remedy: 'refuse',
    httpStatus: 404,
    next: 'Check the id or the name. `partway list` shows transfers, `partway endpoints` shows stores, `partway uploads` shows uploads.',
  },
  Refused: {
    remedy: 'leave',
    httpStatus: 502,
    next: 'Repair the credentials or the policy of the endpoint. If the URL of the source was signed and has run out, resume with `--source` and another one. Otherwise resume the transfer, or ask again. Nothing that was copied is lost.',
  },
  NoSuchBucket: {
    remedy: 'leave',
    httpStatus: 404,
    next: 'Create the bucket or correct its name. Then resume the transfer, or ask again.',
  },
  WrongRegion: {
    remedy: 'leave',
    httpStatus: 502,
    next: 'Write the region of the bucket into the endpoint, and into its URL if the URL names a region. Then resume the transfer, or ask again. Nothing that was copied is lost.',
  },
  Stalled: {
    remedy: 'leave',
    httpStatus: 504,
    next: 'Read the last error and repair its cause. Then resume the transfer. Nothing that was copied is lost.',
  },
  Stopped: { remedy: 'leave', httpStatus: 409, next: 'Resume the transfer. It goes on with the missing parts.' },
  InternalError: {
    remedy: 'leave',
    httpStatus: 500,
    next: 'This is a fault in Partway: report it with this message. Nothing that was copied is lost. Try to resume once.',
  },
  NewerVersion: {
    remedy: 'leave',
    httpStatus: 409,
    next: 'Deploy the newer version of Partway again. Then resume the transfer. Nothing that was copied is lost.',
  },
  HistoryFull: {
    remedy: 'leave',
    httpStatus: 409,
    next: 'Resume the transfer. A new execution goes on from the same checkpoint.',
  },
} as const satisfies Record<string, Row>;

export type ErrorName = keyof typeof errors;

/** Errors that end when a store can be reached again. No person must repair anything. */
export const passing = ['Throttled', 'Unreachable', 'ClockSkewed', 'Expired'] as const satisfies ErrorName[];

/**
 * What we know of a failure. `code` comes from the store (AccessDenied), or from Node for its network (ECONNREFUSED),
 * or from us if nothing was sent. There is a status only if there was an answer.
 */
export type Said = { readonly code: string; readonly status?: number | undefined };

/** An expected failure. `message` says what happened to which part of what. `cause` keeps the original error. */
export class TransferError extends Error {
  override readonly name: ErrorName;
  /** The number of the part, if the failure belongs to one. */
  readonly partNumber: number | undefined;
  /** The detail, if a store or the network reported it. Advice is chosen by it, never by the message. */
  readonly said: Said | undefined;

  constructor(name: ErrorName, message: string, options: { cause?: unknown; partNumber?: number; said?: Said } = {}) {
    super(messageText(message), options.cause === undefined ? {} : { cause: options.cause });
    this.name = name;
    this.partNumber = options.partNumber;
    this.said = options.said;
  }
}

/**
 * Makes an error of ours from anything that was thrown. We drop the text of a foreign error, since it may repeat its
 * input, for instance a presigned URL. Its kind and the place where it was thrown are enough to find the fault.
 */
export function asTransferError(error: unknown): TransferError {
  if (error instanceof TransferError) return error;
  const [kind, place] = error instanceof Error ? [error.name, placeOf(error)] : [typeof error, ''];
  return new TransferError('InternalError', `A fault in Partway: ${kind}${place}.`, { cause: error });
}

/**
 * The place of the fault, from the first line of the stack that names a file: " at readRange (url-source.ts:38:12)".
 * A long message may stand before it.
 */
function placeOf({ stack = '' }: Error): string {
  const frames = stack.slice(-8000);
  const [, call = '', position] = /^ +at (?:([\w.]+) \()?(?:\S*\/)?([\w.-]+:\d+:\d+)\)?$/m.exec(frames) ?? [];
  return position === undefined ? '' : ` at ${call && `${call} `}(${position})`;
}

/** Whether it is one of our errors with this name, or with one of these names. */
export function isNamed<Name extends ErrorName>(
  error: unknown,
  ...names: readonly Name[]
): error is TransferError & { readonly name: Name } {
  return error instanceof TransferError && names.some((name) => name === error.name);
}

/** The failure as the checkpoint and the log store it. */
export function nameAndMessage(error: unknown): { name: ErrorName; message: string } {
  const { name, message } = asTransferError(error);
  return { name, message };
}

export function isPassing(error: unknown): error is TransferError {
  return isNamed(error, ...passing);
}

export function isErrorName(name: string): name is ErrorName {
  return Object.hasOwn(errors, name);
}

/** If a name is not in the list, a person must look: we do not know what a repetition would do. */
export function remedyOf(name: string): Remedy {
  return isErrorName(name) ? errors[name].remedy : 'leave';
}

export function errorsWithRemedy(remedy: Remedy): ErrorName[] {
  return (Object.keys(errors) as ErrorName[]).filter((name) => errors[name].remedy === remedy);
}

/** What a person reads: the name, what happened, what to do next. */
export type Failure = { readonly name: string; readonly message: string; readonly next: string };

export function asFailure(name: string, message: string): Failure {
  const next = isErrorName(name)
    ? errors[name].next
    : 'Read the message and repair the cause. Then resume the transfer.';
  return { name, message, next };
}
