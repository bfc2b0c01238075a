import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, GetItemCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import db from 'dynalite/db/index.js';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type LocalTables, startTables } from '../../tools/local/aws/table.ts';
import { readAssembly } from '../../tools/local/template/assembly.ts';
import { openDoor } from './fixture/door.ts';
import { synthesize } from './fixture/stack.ts';

describe('the tables of a synthesized stack', () => {
  it('are created with their index, and keep their items when they are started again', async () => {
    const { tables } = readAssembly(synthesize());
    const TableName = tables[0]!.name;
    const directory = mkdtempSync(join(tmpdir(), 'partway-tables-'));
    const clientOf = async ({ service }: LocalTables) => {
      const door = await openDoor([service]);
      onTestFinished(door.close);
      return new DynamoDBClient(door.clientOf('Plan'));
    };
    const Key = { pk: { S: 'T#1' }, sk: { S: 'TRANSFER' } };
    const first = await startTables(directory, tables);
    await (await clientOf(first)).send(
      new PutItemCommand({ TableName, Item: { ...Key, target: { S: 'bucket/key' } } }),
    );
    await first.stop();
    const second = await startTables(directory, tables);
    const client = await clientOf(second);
    const { Item } = await client.send(new GetItemCommand({ TableName, Key }));
    expect(Item).toEqual({ ...Key, target: { S: 'bucket/key' } });
    const query = { KeyConditionExpression: 'target = :t', ExpressionAttributeValues: { ':t': { S: 'bucket/key' } } };
    const { Count } = await client.send(new QueryCommand({ TableName, IndexName: 'byTarget', ...query }));
    expect(Count).toBe(1);
    await second.stop();
  });

  it('can be used even if the first start was killed while it created them', async () => {
    const { tables } = readAssembly(synthesize());
    const TableName = tables[0]!.name;
    const directory = mkdtempSync(join(tmpdir(), 'partway-tables-'));
    const store = db.create({ path: directory, createTableMs: 60_000 });
    const first = await startTables(directory, tables, store);
    await first.stop();
    const second = await startTables(directory, tables);
    const door = await openDoor([second.service]);
    onTestFinished(door.close);
    const Key = { pk: { S: 'T#1' }, sk: { S: 'TRANSFER' } };
    await new DynamoDBClient(door.clientOf('Plan')).send(new PutItemCommand({ TableName, Item: Key }));
    await second.stop();
  });
});
