import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionStatus, Executions } from '../../engine/ports/ports.ts';
import { type ErrorName, TransferError } from '../../transfer/errors.ts';

// About 8 s of waiting in all. Meanwhile the account may start 1,200 more executions, in the smaller regions too:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const ATTEMPTS_MAX = 6;

/**
 * Step Functions. The ARN of an execution contains that of its machine, so functions that the machine runs need no
 * setting for it. All methods throw Throttled, Unreachable, Refused.
 */
export function stepFunctions(
  stateMachineArn: () => string,
  client = new SFNClient({ maxAttempts: ATTEMPTS_MAX }),
): Executions {
  return {
    start: (name, input) =>
      // While an execution runs, a second start with the same name and input succeeds. So the execution of this name has
      // ended.
      asked({ what: `Start execution ${name}`, refusals: ['ExecutionAlreadyExists'], refused: false }, async () => {
        const machine = { stateMachineArn: stateMachineArn(), name };
        await client.send(new StartExecutionCommand({ ...machine, input: JSON.stringify(input) }));
        return true;
      }),
    describe: (arn) => {
      const question = { what: `Describe ${arn}`, refusals: ['ExecutionDoesNotExist'], refused: undefined };
      return asked<ExecutionStatus, undefined>(question, async () => {
        const { status, redriveStatus } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
        return { status: status ?? 'FAILED', redrivable: redriveStatus === 'REDRIVABLE' };
      });
    },
    redrive: (arn) => {
      const refusals = ['ExecutionNotRedrivable', 'ExecutionDoesNotExist'];
      return asked({ what: `Redrive ${arn}`, refusals, refused: false }, async () => {
        await client.send(new RedriveExecutionCommand({ executionArn: arn, clientToken: undefined }));
        return true;
      });
    },
    stop: (arn, reason) =>
      asked({ what: `Stop ${arn}`, refusals: ['ExecutionDoesNotExist'], refused: undefined }, async () => {
        await client.send(new StopExecutionCommand({ executionArn: arn, error: 'Stopped', cause: reason }));
      }),
    eventCount: (arn) =>
      asked({ what: `Count the history of ${arn}`, refusals: [], refused: 0 }, async () => {
        // Event ids count from 1 without a gap, so the newest event's id is the number of events. That is one small
        // answer instead of 25,000 events.
        const newest = { reverseOrder: true, maxResults: 1, includeExecutionData: false };
        const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn: arn, ...newest }));
        return events?.[0]?.id ?? 0;
      }),
  };
}

type Question<R> = {
  readonly what: string;
  /** The names of Step Functions' errors that are an answer, and which answer. */
  readonly refusals: readonly string[];
  readonly refused: R;
};

async function asked<T, R>({ what, refusals, refused }: Question<R>, ask: () => Promise<T>): Promise<T | R> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && refusals.includes(error.name)) return refused;
    throw asFailure(error, what);
  }
}

/** The SDK has made its own retries. Another try later may help. A denied call needs a person. */
function asFailure(error: unknown, what: string): TransferError {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return new TransferError(nameOf(name), `${what}: ${name}: ${message}`, { cause: error });
}

function nameOf(name: string): ErrorName {
  if (/Throttl/.test(name)) return 'Throttled';
  return /AccessDenied/.test(name) ? 'Refused' : 'Unreachable';
}
