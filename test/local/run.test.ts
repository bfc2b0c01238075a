import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createBus } from '../../tools/local/aws/bus.ts';
import { type LambdaHost, startLambdaHost } from '../../tools/local/lambda/host.ts';
import { type Executions, openExecutions } from '../../tools/local/machine/executions.ts';
import type { Invoke } from '../../tools/local/machine/run.ts';
import { readAssembly } from '../../tools/local/template/assembly.ts';
import { until } from './fixture/functions.ts';
import { synthesize } from './fixture/stack.ts';

let host: LambdaHost;
let executions: Executions;
const invoked: { functionName: string; payload: unknown }[] = [];

function startStack(): void {
  const assembly = readAssembly(synthesize());
  host = startLambdaHost({ functions: assembly.functions, variables: {}, log: () => {} });
  const invoke: Invoke = (functionName, payload) => {
    invoked.push({ functionName, payload });
    return host.invoke(functionName, payload);
  };
  const bus = createBus({
    rules: assembly.rules,
    invoke,
    onUndelivered: () => {},
    startExecution: (_, request) => executions.start(request),
  });
  executions = openExecutions({
    directory: mkdtempSync(join(tmpdir(), 'partway-run-')),
    machine: assembly.stateMachines[0]!,
    invoke: host.invoke,
    onStatusChange: (event) => bus.deliver(event),
    waitFactor: 0,
    retryFactor: 0,
  });
}

afterEach(async () => {
  invoked.length = 0;
  await executions.close();
  await host.close();
});

describe('a synthesized stack', () => {
  it('runs its bundles, and writes exactly the computed number of events', async () => {
    startStack();
    const { name } = executions.start({ input: { count: 30 } });
    expect(await executions.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    const [last] = executions.history(name, { reverse: true, max: 1 }).items;
    // The sum of the start and the end, a Task, a Choice, the Map with its iterations, and the Succeed.
    expect(last!.id).toBe(2 + 5 + 2 + 4 + 7 * 30 + 2);
  });

  it('continues if a Lambda at work is killed with SIGKILL: Runtime.ExitError, and a retry', async () => {
    startStack();
    const { name } = executions.start({ input: { count: 1, does: 'sleep' } });
    await until(() => host.busy().some(({ functionName }) => functionName.startsWith('Copy')));
    const [busy] = host.busy().filter(({ functionName }) => functionName.startsWith('Copy'));
    host.kill(busy!.pid);
    expect(await executions.settled(name)).toMatchObject({ status: 'SUCCEEDED' });
    const failed = executions.history(name, { max: 1000 }).items.filter(({ type }) => type === 'TaskFailed');
    expect(failed).toMatchObject([
      { taskFailedEventDetails: { error: 'Runtime.ExitError', cause: expect.stringContaining('signal: killed') } },
    ]);
  });

  it('sends its end to the Lambda of a rule', async () => {
    startStack();
    const { name, executionArn } = executions.start({ input: { count: 0 } });
    await executions.settled(name);
    const settle = { source: 'aws.states', detail: { executionArn, status: 'SUCCEEDED', output: '{"batches":[]}' } };
    expect(invoked).toMatchObject([{ functionName: expect.stringContaining(':function:Copy'), payload: settle }]);
  });
});
