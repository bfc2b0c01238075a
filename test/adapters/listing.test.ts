import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb/checkpoints.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import type { Checkpoints } from '../../functions/engine/ports/ports.ts';
import { newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';
import { startDynamodb } from '../conformance/dynamodb.ts';
import { parsedRequest } from '../conformance/transfers.ts';

const DAY_MS = 24 * 3600 * 1000;

let server: Awaited<ReturnType<typeof startDynamodb>>;
let checkpoints: Checkpoints;
beforeEach(async () => {
  server = await startDynamodb();
  checkpoints = dynamodbCheckpoints('checkpoints', systemClock, server.client);
});
afterEach(() => server.close());

const fresh = (transferId: string, createdAtMs = Date.now()) => newTransfer(transferId, parsedRequest, createdAtMs);
const touched = (transfer: Transfer): Transfer => ({ ...transfer, round: transfer.round + 1 });
const later = (days: number): Checkpoints =>
  dynamodbCheckpoints('checkpoints', { ...systemClock, nowMs: () => Date.now() + days * DAY_MS }, server.client);

async function listed(from: Checkpoints = checkpoints, limit = 50): Promise<string[]> {
  const ids: string[] = [];
  let after: string | undefined;
  do {
    const page = await from.list({ limit, after });
    ids.push(...page.transfers.map(({ transferId }) => transferId));
    after = page.after;
  } while (after !== undefined);
  return ids;
}

/** Deletes the rows that will have expired after so many days, as DynamoDB does. Returns their number. */
async function expire(days: number): Promise<number> {
  const documents = DynamoDBDocumentClient.from(server.client);
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: 'checkpoints' }));
  const expired = Items.filter(({ ttl }) => ttl * 1000 <= Date.now() + days * DAY_MS);
  for (const { pk, sk } of expired)
    await documents.send(new DeleteCommand({ TableName: 'checkpoints', Key: { pk, sk } }));
  return expired.length;
}

/** Writes a header as older code did, which had no rows for the list. */
async function writtenByOlderCode(transfer: Transfer, revision = 1): Promise<void> {
  const Item = {
    pk: `T#${transfer.transferId}`,
    sk: 'TRANSFER',
    kind: 'TRANSFER',
    createdAtMs: transfer.createdAtMs,
    revision,
    transfer,
    ttl: Math.floor(Date.now() / 1000) + 90 * 24 * 3600,
  };
  const options = { marshallOptions: { removeUndefinedValues: true } };
  await DynamoDBDocumentClient.from(server.client, options).send(new PutCommand({ TableName: 'checkpoints', Item }));
}

/** Lets the nth write throw, as if the process had died there. */
function diesAtWrite(client: DynamoDBClient, n: number): () => void {
  let writes = 0;
  client.middlewareStack.add(
    (next) => async (call) => {
      if ('Item' in (call.input as object) && ++writes === n) throw new Error('killed');
      return next(call);
    },
    { step: 'initialize', name: 'death' },
  );
  return () => client.middlewareStack.remove('death');
}

describe('The list of transfers in DynamoDB', () => {
  it('has every header, at whichever write its process died', async () => {
    for (const write of [1, 2]) {
      const [id, revive] = [`died at ${write}`, diesAtWrite(server.client, write)];
      await expect(checkpoints.create(fresh(id))).rejects.toThrow('killed');
      revive();
      expect([await checkpoints.read(id), await listed()]).toEqual([undefined, []]);
    }
    for (const write of [2, 1]) await checkpoints.create(fresh(`died at ${write}`));
    expect(await listed()).toEqual(['died at 1', 'died at 2']);
  });

  it('has headers of older code once and in their order, also after newer code has changed them', async () => {
    await checkpoints.create(fresh('new 1', 3000));
    await writtenByOlderCode(fresh('old', 2000));
    await checkpoints.create(fresh('new 2', 1000));
    expect(await listed()).toEqual(['new 1', 'old', 'new 2']);
    for (let times = 0; times < 2; times += 1) {
      await checkpoints.change('old', touched);
      expect(await listed()).toEqual(['new 1', 'old', 'new 2']);
    }
    expect(await listed(checkpoints, 1)).toEqual(['new 1', 'old', 'new 2']);
  });

  it('has a header only once if older code has overwritten it during a deployment', async () => {
    const transfer = fresh('both');
    await checkpoints.create(transfer);
    await writtenByOlderCode(transfer, 2);
    expect([await listed(), await listed(checkpoints, 1)]).toEqual([['both'], ['both']]);
    await checkpoints.change('both', touched);
    expect([await listed(), await listed(checkpoints, 1)]).toEqual([['both'], ['both']]);
  });

  it('keeps its order if a late call creates a header again', async () => {
    for (const [id, createdAtMs] of [['a', 1000] as const, ['b', 2000] as const])
      await checkpoints.create(fresh(id, createdAtMs));
    expect((await checkpoints.create(fresh('a', 3000))).createdAtMs).toBe(1000);
    expect(await listed()).toEqual(['b', 'a']);
  });

  it('has a transfer as long as its header lives, even if the header is renewed for a year', async () => {
    await checkpoints.create(fresh('long'));
    for (let days = 5; days <= 365; days += 60) {
      await expire(days);
      await later(days).change('long', touched);
      await expire(days + 89);
      expect(await listed(later(days + 89))).toEqual(['long']);
    }
    expect(await expire(365 + 91)).toBe(1);
    expect(await listed(later(365 + 91))).toEqual([]);
    expect(await expire(365 + 98)).toBe(1);
  });

  it('skips rows whose headers have expired, and fills the page with others', async () => {
    for (const id of ['a', 'b', 'c']) await later(-95).create(fresh(`gone ${id}`, Date.now() + 1000));
    for (const id of ['1', '2']) await checkpoints.create(fresh(id, Number(id)));
    const { transfers, after } = await checkpoints.list({ limit: 2, after: undefined });
    expect(transfers.map(({ transferId }) => transferId)).toEqual(['2', '1']);
    expect((await checkpoints.list({ limit: 2, after: after! })).transfers).toEqual([]);
  });

  it('may have an empty page with a next one, if many headers in a row have expired', async () => {
    for (let index = 0; index < 15; index += 1) await later(-95).create(fresh(`gone ${index}`, Date.now() + 1000));
    await checkpoints.create(fresh('last', 1));
    const page = await checkpoints.list({ limit: 1, after: undefined });
    expect([page.transfers, page.after]).toEqual([[], expect.any(String)]);
    expect(await listed(checkpoints, 1)).toEqual(['last']);
  });

  it('reads headers again that DynamoDB left out of an answer, and keeps the order', async () => {
    const ids = Array.from({ length: 45 }, () => randomUUID());
    // An answer of DynamoDB has at most 16 MB. One of the server here has 1.4 MB.
    const message = 'x'.repeat(100_000);
    for (const [index, id] of ids.entries()) {
      const failure = { name: 'Refused', message, next: '' };
      await checkpoints.create({ ...fresh(id, 1000 - index), failure });
    }
    let gets = 0;
    server.client.middlewareStack.add(
      (next, { commandName }) =>
        (call) => {
          if (commandName === 'BatchGetItemCommand') gets += 1;
          return next(call);
        },
      { step: 'initialize' },
    );
    expect(await listed()).toEqual(ids);
    expect(gets).toBeGreaterThan(1);
  });

  it('accepts a cursor of older code', async () => {
    await writtenByOlderCode(fresh('first', 2000));
    await checkpoints.create(fresh('second', 1000));
    const key = { pk: 'T#first', sk: 'TRANSFER', createdAtMs: 2000, kind: 'TRANSFER' };
    const after = Buffer.from(JSON.stringify(key)).toString('base64url');
    const { transfers } = await checkpoints.list({ limit: 5, after });
    expect(transfers.map(({ transferId }) => transferId)).toEqual(['second']);
  });
});
