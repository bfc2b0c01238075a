import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb/checkpoints.ts';
import { dynamodbSweeps } from '../../functions/adapters/dynamodb/sweeps.ts';
import { memoryCheckpoints } from '../../functions/adapters/memory/checkpoints.ts';
import { memorySweeps } from '../../functions/adapters/memory/sweeps.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { newTransfer } from '../../functions/transfer/transfer.ts';
import { conformsAsCheckpoints } from './checkpoints.ts';
import { startDynamodb } from './dynamodb.ts';
import { conformsAsSweeps } from './sweeps.ts';

let server: Awaited<ReturnType<typeof startDynamodb>>;
beforeAll(async () => {
  server = await startDynamodb();
});
afterAll(() => server.close());

const memory = memoryCheckpoints();
conformsAsCheckpoints('Memory', async () => memory);
conformsAsCheckpoints('DynamoDB', async () => dynamodbCheckpoints('checkpoints', systemClock, server.client));

const sweeps = memorySweeps();
conformsAsSweeps('Memory', async () => sweeps);
conformsAsSweeps('DynamoDB', async () => dynamodbSweeps('checkpoints', systemClock, server.client));

describe('Rows in DynamoDB', () => {
  it('whose time is over are not seen, though DynamoDB deletes them days later', async () => {
    const longAgo = { ...systemClock, nowMs: () => Date.now() - 91 * 24 * 3600 * 1000 };
    const past = dynamodbCheckpoints('checkpoints', longAgo, server.client);
    const present = dynamodbCheckpoints('checkpoints', systemClock, server.client);
    const request = parseRequest({
      source: { endpoint: 'a', bucket: 'from', key: 'x' },
      target: { endpoint: 'b', bucket: 'to', key: 'old' },
    });
    await past.create(newTransfer('expired', request, longAgo.nowMs()));
    await past.recordPart('expired', 'u', { partNumber: 1, bytes: 1, etag: 'e', crc32: 1, round: 1 });
    await past.lockTarget(request.target, 'expired');
    expect(await past.read('expired')).toBeDefined();
    expect(await present.read('expired')).toBeUndefined();
    const { transfers } = await present.list({ limit: 50, after: undefined });
    expect(transfers.filter(({ transferId }) => transferId === 'expired')).toEqual([]);
    expect(await present.parts('expired', 'u', 1, 1)).toEqual([]);
    expect(await present.lockTarget(request.target, 'newcomer')).toBe('newcomer');
  });
});
