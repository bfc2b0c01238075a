import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { readAssembly } from '../../tools/local/assembly.ts';
import { startTables } from '../../tools/local/table.ts';
import { synthesize } from './fixture/stack.ts';

describe('the tables of a synthesized stack', () => {
  it('are created with their index, and keep their items when they are started again', async () => {
    const { tables } = readAssembly(synthesize());
    const TableName = tables[0]!.name;
    const directory = mkdtempSync(join(tmpdir(), 'partway-tables-'));
    const client = (endpoint: string) =>
      new DynamoDBClient({
        endpoint,
        region: 'us-east-1',
        credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
      });
    const Key = { pk: { S: 'T#1' }, sk: { S: 'TRANSFER' } };
    const first = await startTables(directory, tables);
    await client(first.endpoint).send(new PutItemCommand({ TableName, Item: { ...Key, target: { S: 'bucket/key' } } }));
    await first.stop();
    const second = await startTables(directory, tables);
    const { Item } = await client(second.endpoint).send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual({ ...Key, target: { S: 'bucket/key' } });
    const query = { KeyConditionExpression: 'target = :t', ExpressionAttributeValues: { ':t': { S: 'bucket/key' } } };
    const { Count } = await client(second.endpoint).send(
      new QueryCommand({ TableName, IndexName: 'byTarget', ...query }),
    );
    expect(Count).toBe(1);
    await second.stop();
  });
});
