import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LocalError } from '../../tools/failures/local-errors.ts';
import type { BusEntry } from '../../tools/local/aws/bus.ts';
import { servicesOf } from '../../tools/local/aws/services.ts';
import { type OpenDoor, openDoor } from './fixture/door.ts';
import { named, open, task } from './fixture/machine.ts';

const secretValues: Record<string, string> = { 'endpoints/us3': 'first' };
const entries: BusEntry[] = [];
let fails = true;
let door: OpenDoor;
let options: ReturnType<OpenDoor['clientOf']>;
const { executions } = open({ Copy: task() }, async () => {
  if (fails) throw named('Refused');
  return { copied: true };
});
const { stateMachineArn } = executions;

beforeAll(async () => {
  const services = servicesOf({
    machines: () => [executions],
    putEvents: (given) => {
      entries.push(...given);
      return given.map(({ Source }) =>
        Source ? { EventId: 'id' } : { ErrorCode: 'InvalidArgument', ErrorMessage: 'no source' },
      );
    },
    secrets: {
      'endpoints/us3': () => secretValues['endpoints/us3'] ?? '',
      'endpoints/broken': () => {
        throw new LocalError('SettingsInvalid', 'settings.json cannot be read: it is no JSON from line 3 on.');
      },
    },
  });
  door = await openDoor(services);
  options = door.clientOf('Plan');
});
afterAll(() => door.close());

describe('the SDK client of Step Functions', () => {
  const arn = 'arn:aws:states:us-east-1:000000000000:execution:Machine:one';
  const sfn = () => new SFNClient(options);

  it('starts, describes and redrives an execution', async () => {
    const started = await sfn().send(new StartExecutionCommand({ stateMachineArn, name: 'one', input: '{"n":1}' }));
    expect(started).toMatchObject({ executionArn: arn, startDate: expect.any(Date) });
    await executions.settled('one');
    const failed = await sfn().send(new DescribeExecutionCommand({ executionArn: arn }));
    expect(failed).toMatchObject({
      status: 'FAILED',
      error: 'Refused',
      input: '{"n":1}',
      redriveStatus: 'REDRIVABLE',
      stopDate: expect.any(Date),
    });
    fails = false;
    expect((await sfn().send(new RedriveExecutionCommand({ executionArn: arn }))).redriveDate).toBeInstanceOf(Date);
    await executions.settled('one');
    const done = await sfn().send(new DescribeExecutionCommand({ executionArn: arn }));
    expect(done).toMatchObject({ status: 'SUCCEEDED', output: '{"copied":true}', redriveCount: 1 });
  });

  it('can read the last event of a history first, with its time as a date', async () => {
    const { events } = await sfn().send(
      new GetExecutionHistoryCommand({ executionArn: arn, reverseOrder: true, maxResults: 1 }),
    );
    expect(events).toMatchObject([
      {
        type: 'ExecutionSucceeded',
        id: 12,
        timestamp: expect.any(Date),
        executionSucceededEventDetails: { output: '{"copied":true}' },
      },
    ]);
  });

  it('lists executions by status, and stops one', async () => {
    const { executions: listed } = await sfn().send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: 'SUCCEEDED' }),
    );
    expect(listed).toMatchObject([{ executionArn: arn, name: 'one', status: 'SUCCEEDED' }]);
    expect((await sfn().send(new StopExecutionCommand({ executionArn: arn }))).stopDate).toBeInstanceOf(Date);
  });

  it.each([
    [
      'ExecutionAlreadyExists',
      () => sfn().send(new StartExecutionCommand({ stateMachineArn, name: 'one', input: '{"n":2}' })),
    ],
    [
      'ExecutionDoesNotExist',
      () => sfn().send(new DescribeExecutionCommand({ executionArn: arn.replace('one', 'two') })),
    ],
    ['ExecutionNotRedrivable', () => sfn().send(new RedriveExecutionCommand({ executionArn: arn }))],
    [
      'StateMachineDoesNotExist',
      () => sfn().send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}x` })),
    ],
    ['InvalidExecutionInput', () => sfn().send(new StartExecutionCommand({ stateMachineArn, input: '{' }))],
  ])('gets %s by its name', async (name, send) => {
    await expect(send()).rejects.toMatchObject({ name });
  });
});

describe('the SDK client of EventBridge', () => {
  it('puts events, and gets an error for each one that was refused', async () => {
    const client = new EventBridgeClient(options);
    const good = { Source: 'partway', DetailType: 'Transfer Succeeded', Detail: '{"id":1}', Time: new Date(1000) };
    const answer = await client.send(new PutEventsCommand({ Entries: [good, { DetailType: 'x', Detail: '{}' }] }));
    expect(answer).toMatchObject({
      FailedEntryCount: 1,
      Entries: [{ EventId: 'id' }, { ErrorCode: 'InvalidArgument' }],
    });
    expect(entries[0]).toEqual({ ...good, Time: 1 });
  });
});

describe('the SDK client of Secrets Manager', () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:endpoints/us3';
  const read = (SecretId: string) => new SecretsManagerClient(options).send(new GetSecretValueCommand({ SecretId }));

  it.each(['endpoints/us3', arn, `${arn}-Ab12Cd`])('reads %s, and sees a change at once', async (secretId) => {
    secretValues['endpoints/us3'] = 'first';
    expect(await read(secretId)).toMatchObject({ SecretString: 'first', Name: 'endpoints/us3' });
    secretValues['endpoints/us3'] = 'second';
    expect((await read(secretId)).SecretString).toBe('second');
  });

  it('gets ResourceNotFoundException for a missing secret', async () => {
    await expect(read('endpoints/oss')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('gets InvalidRequestException, with the reason, for a secret that cannot be read', async () => {
    await expect(read('endpoints/broken')).rejects.toMatchObject({
      name: 'InvalidRequestException',
      message: 'settings.json cannot be read: it is no JSON from line 3 on.',
    });
  });

  it('gets UnknownOperationException for an operation that is not served here', async () => {
    await expect(new SecretsManagerClient(options).send(new ListSecretsCommand({}))).rejects.toMatchObject({
      name: 'UnknownOperationException',
    });
  });
});
