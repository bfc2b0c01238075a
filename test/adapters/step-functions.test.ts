import { SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepFunctions } from '../../functions/adapters/aws/step-functions.ts';
import type { Executions } from '../../functions/engine/ports/ports.ts';
import { stepFunctions as localStepFunctions } from '../../tools/local/aws/step-functions.ts';
import { AwsError } from '../../tools/signed/observe.ts';
import { type OpenDoor, openDoor } from '../local/fixture/door.ts';

let refusal: string;
let door: OpenDoor;
beforeAll(async () => {
  door = await openDoor([localStepFunctions(() => [])], async () => {
    throw new AwsError(refusal, 'Rate exceeded');
  });
});
afterAll(() => door.close());

const arn = 'arn:aws:states:us-east-1:000000000000:execution:Machine:one';
const calls: readonly (readonly [string, (executions: Executions) => Promise<unknown>])[] = [
  ['Start execution one', ({ start }) => start('one', { transferId: 'one' })],
  [`Describe ${arn}`, ({ describe }) => describe(arn)],
  [`Redrive ${arn}`, ({ redrive }) => redrive(arn)],
  [`Stop ${arn}`, ({ stop }) => stop(arn, 'by hand')],
  [`Count the history of ${arn}`, ({ eventCount }) => eventCount(arn)],
];

describe('A refusal of Step Functions', () => {
  it.each(calls)('is Throttled, Refused or Unreachable, by its code: %s', async (what, ask) => {
    const executions = stepFunctions(() => arn, new SFNClient(door.clientOf('Api')));
    const names = {
      ThrottlingException: 'Throttled',
      AccessDeniedException: 'Refused',
      InternalFailure: 'Unreachable',
    };
    for (const [theirs, ours] of Object.entries(names)) {
      refusal = theirs;
      const failure = { name: ours, message: `${what}: ${theirs}: Rate exceeded` };
      await expect(ask(executions)).rejects.toMatchObject(failure);
    }
  });
});
