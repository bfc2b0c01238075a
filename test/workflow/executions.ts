import type { ExecutionStatus, Executions } from '../../functions/engine/ports/ports.ts';
import type { Executions as Machine } from '../../tools/local/machine/executions.ts';

type Seen = (now: ExecutionStatus | undefined) => ExecutionStatus | undefined;

/** The port to Step Functions over the local state machine. `seen` changes the answer of DescribeExecution. */
export function executionsOver(machine: () => Machine, seen: Seen = (now) => now): Executions {
  return {
    start: (name, input) => isDone(['ExecutionAlreadyExists'], async () => machine().start({ name, input })),
    describe: async (arn) => {
      let status: ExecutionStatus['status'] | undefined;
      await isDone(['ExecutionDoesNotExist'], async () => {
        status = machine().describe(arn).status;
      });
      return seen(status && { status, redrivable: status !== 'RUNNING' && status !== 'SUCCEEDED' });
    },
    redrive: (arn) => isDone(['ExecutionNotRedrivable', 'ExecutionDoesNotExist'], async () => machine().redrive(arn)),
    stop: async (arn, cause) => {
      await isDone(['ExecutionDoesNotExist'], () => machine().stop(arn, { error: 'Stopped', cause }));
    },
    eventCount: async (arn) => machine().history(arn, { reverse: true, max: 1 }).items[0]?.id ?? 0,
  };
}

/** Whether Step Functions did it. `false` means that it refused with one of these names. */
async function isDone(refusals: readonly string[], ask: () => Promise<unknown>): Promise<boolean> {
  try {
    await ask();
    return true;
  } catch (error) {
    if (error instanceof Error && refusals.includes(error.name)) return false;
    throw error;
  }
}
