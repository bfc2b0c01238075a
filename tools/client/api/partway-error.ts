import {
  asFailure,
  type ErrorName,
  type Failure,
  type Remedy,
  remedyOf,
  TransferError,
} from '../../../functions/transfer/errors.ts';
import type { LocalErrorName } from '../../failures/local-errors.ts';

/** The names of docs/errors.md. A newer service may know more. */
export type PartwayErrorName = ErrorName | LocalErrorName | (string & {});

type Options = {
  readonly mayPass?: boolean;
  readonly reached?: boolean;
  readonly partNumber?: number | undefined;
  readonly cause?: unknown;
};

/** An expected failure of a call: what happened to which part of what, and what to do. */
export class PartwayError extends Error {
  override readonly name: PartwayErrorName;
  /** For programs: what is to be done. `leave`: a person must repair something, then the same call goes on. */
  readonly remedy: Remedy;
  /** What to do next, as a sentence for people. */
  readonly next: string;
  /** Whether the same call may succeed in a moment. */
  readonly mayPass: boolean;
  /** `false`: Partway did not judge the call, because it did not get there or was turned away before. */
  readonly reached: boolean;
  /** The number of the part, if the failure belongs to one. */
  readonly partNumber: number | undefined;

  constructor({ name, message, next }: Failure, { mayPass = false, reached = true, partNumber, cause }: Options = {}) {
    super(message, cause === undefined ? {} : { cause });
    this.name = name;
    this.next = next;
    this.remedy = remedyOf(name);
    this.mayPass = mayPass;
    this.reached = reached;
    this.partNumber = partNumber;
  }
}

/** Every expected failure leaves the library as a PartwayError. Whatever else was thrown stays as it is. */
export async function named<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw asPartwayError(error);
  }
}

function asPartwayError(error: unknown): unknown {
  if (!(error instanceof TransferError)) return error;
  const { name, message, partNumber, cause } = error;
  return new PartwayError(asFailure(name, message), { mayPass: remedyOf(name) === 'retry', partNumber, cause });
}
