import { asFailure, type Failure, remedyOf, TransferError } from '../../../functions/transfer/errors.ts';
import { PartwayError } from '../../client/api/partway-error.ts';
import { diskFull, LocalError, localErrors } from '../../failures/local-errors.ts';

/** Scripts read these exit codes, so they are a contract. Every --help lists them. */
export const exitCodes = { done: 0, failed: 1, refused: 2, unreachable: 3, interrupted: 130 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesText = `Exit codes:
  0    done
  1    the transfer failed or was aborted
  2    Partway refused: it began nothing at a store, and nothing is left to resume or to abort
  3    the API cannot be reached, or refused the signature
  130  you pressed Ctrl-C`;

type CliErrorOptions = { readonly exitCode: ExitCode; readonly cause?: unknown };

/** An expected failure of the command line: what happened, what to do, and the exit code for scripts. */
export class CliError extends Error {
  override readonly name: string;
  readonly next: string;
  readonly exitCode: ExitCode;

  constructor({ name, message, next }: Failure, { exitCode, cause }: CliErrorOptions) {
    super(message, cause === undefined ? {} : { cause });
    this.name = name;
    this.next = next;
    this.exitCode = exitCode;
  }
}

export function invalid(message: string, next = 'Correct the command; `partway --help` shows how.'): CliError {
  return new CliError({ name: 'InvalidRequest', message, next }, { exitCode: exitCodes.refused });
}

/**
 * The exit code for an error of the API, when nothing had begun before. A transfer tells by itself whether it was refused
 * before anything began: see `afterBegin` and follow.ts.
 */
export function exitCodeOf(name: string): ExitCode {
  return remedyOf(name) === 'refuse' ? exitCodes.refused : exitCodes.failed;
}

/** The same error of a transfer that has begun. A refusal then changes nothing of what is there: it is a failure. */
export function afterBegin(error: unknown): unknown {
  const known = failureOf(error);
  if (known?.exitCode !== exitCodes.refused) return error;
  return new CliError(known.failure, { exitCode: exitCodes.failed, cause: error });
}

/** The failure behind an error. Undefined for a fault of ours, which should crash with its stack. */
export function failureOf(error: unknown): { failure: Failure; exitCode: ExitCode } | undefined {
  if (error instanceof CliError) {
    const { name, message, next, exitCode } = error;
    return { failure: { name, message, next }, exitCode };
  }
  if (error instanceof PartwayError) {
    const { name, message, next, reached } = error;
    return { failure: { name, message, next }, exitCode: reached ? exitCodeOf(name) : exitCodes.unreachable };
  }
  if (error instanceof LocalError) {
    const { name, message } = error;
    return { failure: { name, message, next: localErrors[name] }, exitCode: exitCodes.refused };
  }
  if (!(error instanceof TransferError)) {
    const full = diskFull(error);
    return full && failureOf(full);
  }
  return { failure: asFailure(error.name, error.message), exitCode: exitCodeOf(error.name) };
}
