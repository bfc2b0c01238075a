import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb-checkpoints.ts';
import { memoryCheckpoints } from '../../functions/adapters/memory-checkpoints.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { newTransfer } from '../../functions/transfer/transfer.ts';
import { conformsAsCheckpoints } from './checkpoints.ts';

const server = dynalite({ createTableMs: 0 });
let client: DynamoDBClient;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as { port: number };
  client = new DynamoDBClient({ endpoint: `http://127.0.0.1:${port}` });
  await client.send(
    new CreateTableCommand({
      TableName: 'checkpoints',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'kind', AttributeType: 'S' },
        { AttributeName: 'createdAtMs', AttributeType: 'N' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'newest',
          KeySchema: [
            { AttributeName: 'kind', KeyType: 'HASH' },
            { AttributeName: 'createdAtMs', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
});
afterAll(() => new Promise<void>((resolve) => server.close(() => resolve())));

const memory = memoryCheckpoints();
conformsAsCheckpoints('Memory', async () => memory);
conformsAsCheckpoints('DynamoDB', async () => dynamodbCheckpoints('checkpoints', systemClock, client));

describe('Rows in DynamoDB', () => {
  it('whose time is over are not seen, though DynamoDB deletes them days later', async () => {
    const longAgo = { ...systemClock, nowMs: () => Date.now() - 91 * 24 * 3600 * 1000 };
    const past = dynamodbCheckpoints('checkpoints', longAgo, client);
    const present = dynamodbCheckpoints('checkpoints', systemClock, client);
    const request = parseRequest({
      source: { endpoint: 'a', bucket: 'from', key: 'x' },
      target: { endpoint: 'b', bucket: 'to', key: 'old' },
    });
    await past.create(newTransfer('expired', request, longAgo.nowMs()));
    await past.recordPart('expired', 'u', { partNumber: 1, bytes: 1, etag: 'e', crc32: 1, round: 1 });
    await past.lockTarget(request.target, 'expired');
    expect(await past.read('expired')).toBeDefined();
    expect(await present.read('expired')).toBeUndefined();
    expect(await present.parts('expired', 'u', 1, 1)).toEqual([]);
    expect(await present.lockTarget(request.target, 'newcomer')).toBe('newcomer');
  });
});
