import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb/checkpoints.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { listTransfers } from '../../functions/engine/calls/describe-transfer.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { startDynamodb } from '../conformance/dynamodb.ts';
import { putSource, requestFor } from './request.ts';
import { tiny, world } from './world.ts';

const PART = 1024;

let server: Awaited<ReturnType<typeof startDynamodb>>;
/** The items that DynamoDB got. */
const written: Record<string, { S?: string }>[] = [];
beforeAll(async () => {
  server = await startDynamodb();
  server.client.middlewareStack.add(
    (next) => (call) => {
      const { Item } = call.input as { Item?: Record<string, { S?: string }> };
      if (Item) written.push(Item);
      return next(call);
    },
    { step: 'build' },
  );
});
afterAll(() => server.close());

describe('The index of the list', () => {
  it('is written once for each transfer, although the header changes often', async () => {
    const w = world(tiny, 'data', { checkpoints: dynamodbCheckpoints('checkpoints', systemClock, server.client) });
    putSource(w, 40 * PART);
    let refusals = 0;
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        // Part 7 fails more often than the state tries, so there are more rounds.
        if (part.partNumber === 7 && refusals++ < 16) throw new TransferError('Throttled', 'slow down');
        return store.writePart(part, body, signal);
      },
    });
    expect((await w.run(requestFor())).status).toBe('SUCCEEDED');
    const headers = written.filter(({ sk }) => sk?.S === 'TRANSFER');
    expect(headers.length).toBeGreaterThan(8);
    // Only an item with both keys of the index is in the index.
    expect(written.filter(({ kind, createdAtMs }) => kind !== undefined && createdAtMs !== undefined)).toHaveLength(1);
    const { transfers } = await listTransfers(w.ports)({});
    expect(transfers).toMatchObject([{ state: 'copied', target: 'b:data/y', receipt: { parts: 40 } }]);
  });
});
