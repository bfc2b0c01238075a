import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it, onTestFinished } from 'vitest';
import { servicesOf } from '../../tools/local/aws/services.ts';
import { observedInvoke } from '../../tools/local/lambda/observed.ts';
import { AwsError, type Observe, type ObservedCall } from '../../tools/signed/observe.ts';
import { openDoor } from './fixture/door.ts';
import { open, task } from './fixture/machine.ts';

const { executions } = open({ Copy: task() }, async () => ({}));
const { stateMachineArn } = executions;

async function door(observe: Observe) {
  const secrets = { 'partway/b': () => 'the keys' };
  const opened = await openDoor(servicesOf({ machines: () => [executions], putEvents: () => [], secrets }), observe);
  onTestFinished(opened.close);
  return opened;
}

describe('An observer of the services', () => {
  it('gets each call with its function, after the signature was checked and before the call is executed', async () => {
    const heard: ObservedCall[] = [];
    const opened = await door((call, serve) => {
      heard.push(call);
      return serve();
    });
    const { SecretString } = await new SecretsManagerClient(opened.clientOf('CopyBatch')).send(
      new GetSecretValueCommand({ SecretId: 'partway/b' }),
    );
    expect(SecretString).toBe('the keys');
    const unsigned = { method: 'POST', headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' }, body: '{}' };
    expect((await fetch(opened.url, unsigned)).status).toBe(403);
    const wrong = { ...opened.clientOf('Plan'), credentials: { accessKeyId: 'A', secretAccessKey: 'B' } };
    await expect(new SFNClient(wrong).send(new StartExecutionCommand({ stateMachineArn }))).rejects.toThrow();
    expect(heard).toEqual([
      {
        caller: 'CopyBatch',
        service: 'secretsmanager',
        operation: 'GetSecretValue',
        input: { SecretId: 'partway/b' },
      },
    ]);
  });

  it('may refuse a call with an AWS error, and then the call is not executed', async () => {
    const opened = await door(async () => {
      throw new AwsError('ThrottlingException', 'Rate exceeded', 400);
    });
    await expect(
      new SFNClient(opened.clientOf('Api')).send(new StartExecutionCommand({ stateMachineArn, name: 'refused' })),
    ).rejects.toMatchObject({ name: 'ThrottlingException', message: 'Rate exceeded' });
    expect(() => executions.describe('refused')).toThrow('Does Not Exist');
  });

  it('may return another answer, for example an older one', async () => {
    const { executionArn, name } = executions.start({});
    await executions.settled(name);
    const opened = await door(async ({ operation }, serve) => {
      const answer = await serve();
      return operation === 'DescribeExecution' ? { ...(answer as object), status: 'RUNNING' } : answer;
    });
    const described = await new SFNClient(opened.clientOf('Plan')).send(new DescribeExecutionCommand({ executionArn }));
    expect(described.status).toBe('RUNNING');
  });

  it('gets invocations too, with the service that invokes, and may throttle them as Lambda does', async () => {
    const heard: string[] = [];
    const invoke = observedInvoke(
      async ({ caller, service, operation, input }, serve) => {
        heard.push(`${caller} ${service}:${operation} ${input.FunctionName}`);
        return input.FunctionName === 'Plan' ? { throttled: 'Rate Exceeded.' } : serve();
      },
      async () => ({ payload: 'done' }),
    );
    expect(await invoke('Plan', {}, { by: 'states' })).toEqual({ throttled: 'Rate Exceeded.' });
    expect(await invoke('Api', {}, { by: 'apigateway' })).toEqual({ payload: 'done' });
    expect(heard).toEqual(['states.amazonaws.com lambda:Invoke Plan', 'apigateway.amazonaws.com lambda:Invoke Api']);
  });
});
