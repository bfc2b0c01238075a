/**
 * A state's failure as ASL sees it: `name` is what Retry and Catch match, `message` is the Cause.
 * A final one passes every Retry and Catch; aws-local-stepfunctions reads the two flags.
 */
export class StateError extends Error {
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;

  constructor(name: string, cause: string, { final = false } = {}) {
    super(cause);
    this.name = name;
    this.isRetryable = !final;
    this.isCatchable = !final;
  }
}

/** The execution was stopped, timed out, or left for the next process: no state has failed. */
export class Halted extends StateError {
  constructor() {
    super('Halted', 'the execution is no longer driven', { final: true });
  }
}

/** A request about executions that Step Functions would refuse too; `name` is AWS's error code. */
export class ExecutionRefused extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The state machine uses what is not run faithfully on this computer. */
export class UnsupportedDefinition extends Error {
  constructor(findings: readonly string[]) {
    super(`this state machine cannot be run on this computer:\n- ${findings.join('\n- ')}`);
    this.name = 'UnsupportedDefinition';
  }
}

// "256 KiB of data as a UTF-8 encoded string", service-quotas.md of the Step Functions guide.
export const PAYLOAD_BYTES_MAX = 262_144;

/**
 * Throws when `value` is larger than a state may take or give, and returns its JSON otherwise.
 * Uncatchable: the documentation says so, although a recording shows a caught one; nobody may lean on either.
 */
export function payloadText(value: unknown, what: string): string {
  const text = JSON.stringify(value ?? null);
  if (text.length * 3 > PAYLOAD_BYTES_MAX && Buffer.byteLength(text) > PAYLOAD_BYTES_MAX) {
    const cause = `The ${what} has a size exceeding the maximum number of bytes service limit.`;
    throw new StateError('States.DataLimitExceeded', cause, { final: true });
  }
  return text;
}
