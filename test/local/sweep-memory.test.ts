import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { headerKey, listedKey } from '../../functions/adapters/dynamodb/rows.ts';
import { newTransfer } from '../../functions/transfer/transfer.ts';
import { startLambdaHost } from '../../tools/local/lambda/host.ts';
import { startDynamodb } from '../conformance/dynamodb.ts';
import { parsedRequest } from '../conformance/transfers.ts';
import type { Listening } from '../listening.ts';
import { servingInTest } from '../serving.ts';
import { localFunction } from './fixture/functions.ts';

const HEADERS = 4000;
const HEADER_BYTES = 50_000;

/** Writes headers with the longest possible failures, and their rows in the list: 200 MB. A function of 256 MB cannot hold them. */
async function writeHeaders(client: DynamoDBClient): Promise<void> {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  const nowMs = Date.now();
  const ttl = Math.floor(nowMs / 1000) + 90 * 24 * 3600;
  const failure = { name: 'Refused', message: 'x'.repeat(HEADER_BYTES), next: '' };
  const rows = Array.from({ length: HEADERS }, (_, index) => {
    const transfer = { ...newTransfer(`t${index}`, parsedRequest, nowMs - index), failure, state: 'failed' as const };
    const listed = { ...listedKey(transfer.transferId), kind: 'TRANSFER', createdAtMs: transfer.createdAtMs, ttl };
    return [{ ...headerKey(transfer.transferId), revision: 1, transfer, listedUntil: ttl, ttl }, listed];
  }).flat();
  for (let first = 0; first < rows.length; first += 24) {
    const puts = rows.slice(first, first + 24).map((Item) => ({ PutRequest: { Item } }));
    await documents.send(new BatchWriteCommand({ RequestItems: { checkpoints: puts } }));
  }
}

/** An event bus that accepts every event. */
function startEventBus(): Promise<Listening> {
  const answer = JSON.stringify({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  return servingInTest((request, response) => request.resume().on('end', () => response.end(answer)));
}

describe('The bundle of the sweep', () => {
  it('looks with 256 MB at headers that would not fit into that memory', async () => {
    const table = await startDynamodb(mkdtempSync(join(tmpdir(), 'partway-sweep-')));
    await writeHeaders(table.client);
    const bus = await startEventBus();
    const sweep = localFunction('Sweep', {
      codeDirectory: fileURLToPath(new URL('../../dist/functions/sweep', import.meta.url)),
      timeoutSeconds: 900,
      memoryMiB: 256,
      environment: { PARTWAY_TABLE: 'checkpoints', PARTWAY_ENDPOINTS: '/none' },
    });
    // The same server stands in for Parameter Store. The sweep reads its answer as an empty list of endpoints.
    const others = { AWS_ENDPOINT_URL_EVENTBRIDGE: bus.url, AWS_ENDPOINT_URL_SSM: bus.url };
    const variables = { AWS_ENDPOINT_URL_DYNAMODB: table.endpoint, ...others };
    const host = startLambdaHost({ functions: [sweep], variables, log: () => {} });
    expect(await host.invoke('Sweep', {})).toMatchObject({ payload: { transfersLookedAt: HEADERS, skipped: [] } });
    await host.close();
    await table.close();
  }, 300_000); // it first writes 8,000 rows, 200 MB in all
});
