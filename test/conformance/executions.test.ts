import { SFNClient } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { stepFunctions } from '../../functions/adapters/aws/step-functions.ts';
import { stepFunctions as localStepFunctions } from '../../tools/local/aws/step-functions.ts';
import { openDoor } from '../local/fixture/door.ts';
import { executionsOver } from '../workflow/executions.ts';
import { conformsAsExecutions } from './executions.ts';

conformsAsExecutions('Step Functions, asked by the SDK', async (machine) => {
  const door = await openDoor([localStepFunctions(() => [machine])]);
  const client = new SFNClient(door.clientOf('Api'));
  onTestFinished(async () => {
    client.destroy();
    await door.close();
  });
  return stepFunctions(() => machine.stateMachineArn, client);
});

conformsAsExecutions('The machine of the workflow tests', async (machine) => executionsOver(() => machine));
