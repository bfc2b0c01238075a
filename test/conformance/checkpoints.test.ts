import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb/checkpoints.ts';
import { dynamodbSweeps } from '../../functions/adapters/dynamodb/sweeps.ts';
import { memoryCheckpoints } from '../../functions/adapters/memory/checkpoints.ts';
import { memorySweeps } from '../../functions/adapters/memory/sweeps.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { conformsAsCheckpoints } from './checkpoints/checkpoints.ts';
import { startDynamodb } from './dynamodb.ts';
import { losingAnswers } from './lossy.ts';
import { conformsAsSweeps } from './sweeps.ts';

let client: DynamoDBClient;
let lossyClient: DynamoDBClient;
beforeAll(async () => {
  const [server, unheard] = await Promise.all([startDynamodb(), startDynamodb()]);
  const lossy = await losingAnswers(unheard.endpoint);
  client = server.client;
  lossyClient = new DynamoDBClient({ endpoint: lossy.url });
  return async () => {
    lossyClient.destroy();
    await Promise.all([server.close(), lossy.close(), unheard.close()]);
  };
});

const memory = memoryCheckpoints();
conformsAsCheckpoints('Memory', { connect: async () => memory });
conformsAsCheckpoints('DynamoDB', {
  connect: async () => dynamodbCheckpoints('checkpoints', systemClock, client),
});
conformsAsCheckpoints('DynamoDB, where every second answer to a write is lost', {
  connect: async () => dynamodbCheckpoints('checkpoints', systemClock, lossyClient),
  losesAnswers: true,
});

const sweeps = memorySweeps();
conformsAsSweeps('Memory', async () => sweeps);
conformsAsSweeps('DynamoDB', async () => dynamodbSweeps('checkpoints', systemClock, client));
