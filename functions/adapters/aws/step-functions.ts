import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionNotRedrivable,
  GetExecutionHistoryCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Executions } from '../../engine/ports/ports.ts';
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
    start: async (name, input) => {
      try {
        const command = new StartExecutionCommand({
          stateMachineArn: stateMachineArn(),
          name,
          input: JSON.stringify(input),
        });
        await client.send(command);
        return true;
      } catch (error) {
        // While an execution runs, a second start with the same name and input succeeds. So the execution of this name
        // has ended.
        if (error instanceof ExecutionAlreadyExists) return false;
        throw asFailure(error, `Start execution ${name}`);
      }
    },
    describe: async (arn) => {
      try {
        const { status, redriveStatus } = await client.send(new DescribeExecutionCommand({ executionArn: arn }));
        return { status: status ?? 'FAILED', redrivable: redriveStatus === 'REDRIVABLE' };
      } catch (error) {
        if (error instanceof ExecutionDoesNotExist) return undefined;
        throw asFailure(error, `Describe ${arn}`);
      }
    },
    redrive: async (arn) => {
      try {
        await client.send(new RedriveExecutionCommand({ executionArn: arn, clientToken: undefined }));
        return true;
      } catch (error) {
        if (error instanceof ExecutionNotRedrivable || error instanceof ExecutionDoesNotExist) return false;
        throw asFailure(error, `Redrive ${arn}`);
      }
    },
    stop: async (arn, reason) => {
      try {
        await client.send(new StopExecutionCommand({ executionArn: arn, error: 'Stopped', cause: reason }));
      } catch (error) {
        if (!(error instanceof ExecutionDoesNotExist)) throw asFailure(error, `Stop ${arn}`);
      }
    },
    // Event ids count from 1 without a gap, so the newest event's id is the number of events. That is one small answer
    // instead of 25,000 events.
    eventCount: async (arn) => {
      try {
        const command = new GetExecutionHistoryCommand({
          executionArn: arn,
          reverseOrder: true,
          maxResults: 1,
          includeExecutionData: false,
        });
        return (await client.send(command)).events?.[0]?.id ?? 0;
      } catch (error) {
        throw asFailure(error, `Count the history of ${arn}`);
      }
    },
  };
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
