import type { InvokeOutcome } from '../machine/run.ts';

export type { InvokeOutcome };

// Lambda's limits for synchronous invocations are 6 MB in each direction. Its own message gives 6,291,556 bytes for a
// response.
export const REQUEST_BYTES_MAX = 6_291_456;
export const RESPONSE_BYTES_MAX = 6_291_556;

const functionError = (errorType: string, errorMessage: string): InvokeOutcome => ({
  functionError: { errorType, errorMessage },
});

export const timedOut = (requestId: string, timeoutSeconds: number): InvokeOutcome =>
  functionError(
    'Sandbox.Timedout',
    `RequestId: ${requestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`,
  );

export function exited(requestId: string, exitCode: number | null, signal: string | null): InvokeOutcome {
  return functionError(
    'Runtime.ExitError',
    `RequestId: ${requestId} Error: Runtime exited ${exitReason(exitCode, signal)}`,
  );
}

function exitReason(exitCode: number | null, signal: string | null): string {
  if (signal === 'SIGKILL') return 'with error: signal: killed';
  if (signal) return `with error: signal: ${signal.replace(/^SIG/, '').toLowerCase()}`;
  return exitCode === 0 ? 'without providing a reason' : `with error: exit status ${exitCode}`;
}

export const responseTooLarge = (): InvokeOutcome =>
  functionError(
    'Function.ResponseSizeTooLarge',
    `Response payload size exceeded maximum allowed payload size (${RESPONSE_BYTES_MAX} bytes).`,
  );

/** The failure that the runtime posted. The function wrote it, so we do not rely on its shape. */
export function reported(body: string): InvokeOutcome {
  try {
    const { errorType, errorMessage, trace } = JSON.parse(body) as Record<string, unknown>;
    return { functionError: { errorType: String(errorType), errorMessage: String(errorMessage), trace: trace ?? [] } };
  } catch {
    return functionError('Runtime.UnknownReason', body.slice(0, 1000));
  }
}

export function answered(body: string): InvokeOutcome {
  try {
    return { payload: JSON.parse(body) };
  } catch {
    return functionError('Runtime.InvalidResponse', 'The runtime posted a response that is not JSON.');
  }
}

/** The Lambda API itself refuses a call, before any function runs. Step Functions puts `Lambda.` before these names. */
export class InvokeRefused extends Error {
  constructor(
    name: 'Lambda.ResourceNotFoundException' | 'Lambda.RequestTooLargeException' | 'HostClosed' | 'Withdrawn',
    message: string,
  ) {
    super(message);
    this.name = name;
  }
}
