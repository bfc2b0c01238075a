import { asString, type JsonObject } from '../../json.ts';
import type { Operation, Service } from '../door/door.ts';
import { ExecutionRefused } from '../machine/errors.ts';
import type { Executions } from '../machine/executions.ts';
import type { HistoryEvent } from '../machine/history.ts';
import type { ExecutionDescription, ExecutionStatus } from '../machine/record.ts';

/** The API of Step Functions for the machines on this computer, in the AWS JSON 1.0 protocol. */
export function stepFunctions(machines: () => readonly Executions[]): Service {
  return { signingName: 'states', targetPrefix: 'AWSStepFunctions', operations: operationsOn(machines) };
}

function operationsOn(machines: () => readonly Executions[]): { readonly [name: string]: Operation } {
  const machineOf = (arn: unknown): Executions => {
    const found = machines().find(({ stateMachineArn }) => stateMachineArn === arn);
    if (found) return found;
    throw new ExecutionRefused('StateMachineDoesNotExist', `State Machine Does Not Exist: '${String(arn)}'`);
  };
  const owner = ({ executionArn }: JsonObject): [Executions, string] => {
    const arn = asString(executionArn, 'executionArn');
    // An execution's ARN consists of its machine's ARN and the execution's name.
    const machineArn = arn.replace(':execution:', ':stateMachine:').replace(/:[^:]*$/, '');
    const found = machines().find(({ stateMachineArn }) => stateMachineArn === machineArn);
    if (found) return [found, arn];
    throw new ExecutionRefused('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  };
  return {
    StartExecution: ({ stateMachineArn, name, input }) => {
      const request = { ...optional('name', name), input: parseInput(input) };
      const { executionArn, startDate } = machineOf(stateMachineArn).start(request);
      return { executionArn, startDate: seconds(startDate) };
    },
    DescribeExecution: (input) => {
      const [machine, arn] = owner(input);
      return describe(machine.describe(arn));
    },
    StopExecution: async (input) => {
      const [machine, arn] = owner(input);
      const { error, cause } = input;
      const stopped = await machine.stop(arn, { ...optional('error', error), ...optional('cause', cause) });
      return { stopDate: seconds(stopped.stopDate) };
    },
    RedriveExecution: (input) => {
      const [machine, arn] = owner(input);
      return { redriveDate: seconds(machine.redrive(arn).redriveDate) };
    },
    GetExecutionHistory: (input) => {
      const [machine, arn] = owner(input);
      const { items, nextToken } = machine.history(arn, { reverse: input.reverseOrder === true, ...paging(input) });
      return { events: items.map(wireEvent), nextToken };
    },
    ListExecutions: (input) => {
      const status = input.statusFilter as ExecutionStatus | undefined;
      const request = { ...paging(input), ...(status ? { status } : {}) };
      const { items, nextToken } = machineOf(input.stateMachineArn).list(request);
      return { executions: items.map(summary), nextToken };
    },
  };
}

function parseInput(input: unknown): unknown {
  if (input === undefined || input === null) return {};
  try {
    return JSON.parse(asString(input, 'input'));
  } catch {
    throw new ExecutionRefused(
      'InvalidExecutionInput',
      `Invalid State Machine Execution Input: '${String(input).slice(0, 200)}'`,
    );
  }
}

function optional<K extends string>(key: K, value: unknown): { readonly [name in K]?: string } {
  return value === undefined || value === null
    ? {}
    : ({ [key]: asString(value, key) } as { readonly [name in K]?: string });
}

const paging = ({ maxResults, nextToken }: JsonObject) => ({
  ...optional('nextToken', nextToken),
  ...(typeof maxResults === 'number' ? { max: maxResults } : {}),
});

/** The protocol's dates are epoch seconds. The JSON leaves out undefined fields. */
const seconds = (date: string | undefined): number | undefined =>
  date === undefined ? undefined : Date.parse(date) / 1000;

function summary(description: ExecutionDescription) {
  const { executionArn, stateMachineArn, name, status, redriveCount, startDate, stopDate, redriveDate } = description;
  return {
    executionArn,
    stateMachineArn,
    name,
    status,
    redriveCount,
    startDate: seconds(startDate),
    stopDate: seconds(stopDate),
    redriveDate: seconds(redriveDate),
  };
}

function describe(description: ExecutionDescription) {
  const { status, input, output, error, cause } = description;
  const included = { included: true };
  // The redrive itself checks the 14 days and the length of the history.
  const isRedrivable = status !== 'RUNNING' && status !== 'SUCCEEDED';
  return {
    ...summary(description),
    error,
    cause,
    input: JSON.stringify(input),
    inputDetails: included,
    ...(status === 'SUCCEEDED' ? { output: JSON.stringify(output ?? null), outputDetails: included } : {}),
    redriveStatus: isRedrivable ? 'REDRIVABLE' : 'NOT_REDRIVABLE',
    ...(isRedrivable ? {} : { redriveStatusReason: `Execution is ${status} and cannot be redriven` }),
  };
}

function wireEvent({ timestamp, ...event }: HistoryEvent) {
  return { ...event, timestamp: seconds(timestamp) };
}
