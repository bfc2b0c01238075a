import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import type { LocalTable } from './assembly.ts';
import type { JsonObject } from './json.ts';
import { place } from './physical.ts';

export type LocalTables = { readonly endpoint: string; readonly stop: () => Promise<void> };

/**
 * DynamoDB on a folder. Lock the folder before: dynalite does not notice a second owner until its first request dies.
 * Writes survive kill -9 of this process, not a loss of power: LevelDB writes without fsync.
 */
export async function startTables(directory: string, tables: readonly LocalTable[]): Promise<LocalTables> {
  mkdirSync(directory, { recursive: true });
  const server = dynalite({ path: directory, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  // Without a host it would listen on every interface.
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  for (const table of tables) await createIfMissing(endpoint, table);
  const stop = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  };
  return { endpoint, stop };
}

async function createIfMissing(endpoint: string, table: LocalTable): Promise<void> {
  const indexes = table.globalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    ...{ IndexName, KeySchema, Projection },
  }));
  const answer = await call(endpoint, 'CreateTable', {
    TableName: table.name,
    KeySchema: table.keySchema,
    AttributeDefinitions: table.attributeDefinitions,
    BillingMode: 'PAY_PER_REQUEST',
    ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
  });
  // The table of the last run: its items are the checkpoints that this one goes on from.
  if (!answer.ok && !String(answer.body.__type).endsWith('ResourceInUseException')) {
    throw new Error(`the table ${table.name} could not be created: ${JSON.stringify(answer.body)}`);
  }
}

async function call(
  endpoint: string,
  operation: string,
  input: JsonObject,
): Promise<{ ok: boolean; body: JsonObject }> {
  const scope = `local/20260101/${place.region}/dynamodb/aws4_request`;
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      // dynalite wants the form of a signature and does not check it.
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  return { ok: response.ok, body: (await response.json()) as JsonObject };
}
