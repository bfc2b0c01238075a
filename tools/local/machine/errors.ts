/**
 * The failure of a state. Retry and Catch match its `name`, and its `message` is the Cause. No Retry and no Catch handles a
 * final one: aws-local-stepfunctions reads the two flags.
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

/** The execution was stopped, timed out, or left for the next process. No state has failed. */
export class Halted extends StateError {
  constructor() {
    super('Halted', 'the execution is no longer driven', { final: true });
  }
}

/** Refuses a request that Step Functions would refuse too. `name` is AWS's error code. */
export class ExecutionRefused extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The state machine uses features that would not run here as they do on AWS. */
export class UnsupportedDefinition extends Error {
  constructor(findings: readonly string[]) {
    super(`this state machine cannot be run on this computer:\n- ${findings.join('\n- ')}`);
    this.name = 'UnsupportedDefinition';
  }
}

// "256 KiB of data as a UTF-8 encoded string", service-quotas.md of the Step Functions guide.
export const PAYLOAD_BYTES_MAX = 262_144;

/**
 * Returns the JSON of `value`. Throws if it is larger than the input or output of a state may be. No Catch catches this
 * error, because the documentation says so. A recording of AWS shows one that was caught, so do not rely on it.
 */
export function payloadText(value: unknown, what: string): string {
  const text = JSON.stringify(value ?? null);
  if (text.length * 3 > PAYLOAD_BYTES_MAX && Buffer.byteLength(text) > PAYLOAD_BYTES_MAX) {
    const cause = `The ${what} has a size exceeding the maximum number of bytes service limit.`;
    throw new StateError('States.DataLimitExceeded', cause, { final: true });
  }
  return text;
}
