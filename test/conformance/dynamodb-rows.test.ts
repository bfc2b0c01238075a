import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, it } from 'vitest';
import { dynamodbCheckpoints } from '../../functions/adapters/dynamodb/checkpoints.ts';
import { reportKey, stamp } from '../../functions/adapters/dynamodb/rows.ts';
import { dynamodbSweeps } from '../../functions/adapters/dynamodb/sweeps.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { reportRow } from './checkpoints/reports.ts';
import { startDynamodb } from './dynamodb.ts';
import { summaryOf } from './sweeps.ts';
import { freshTransfer, parsedRequest, partRow, range } from './transfers.ts';

let client: DynamoDBClient;
beforeAll(async () => {
  const server = await startDynamodb();
  client = server.client;
  return server.close;
});

const LIFE_MS = 90 * 24 * 3600 * 1000;

/** A clock that says these times one after the other, then the last one again and again. */
function clockSaying(...times: number[]) {
  return { ...systemClock, nowMs: () => (times.length > 1 ? times.shift()! : times[0]!) };
}
const checkpointsAt = (...times: number[]) => dynamodbCheckpoints('checkpoints', clockSaying(...times), client);

describe('Rows in DynamoDB whose time is over', () => {
  it('are not seen, though DynamoDB deletes them days later', async () => {
    const longAgo = Date.now() - LIFE_MS - 1000;
    const [past, present] = [checkpointsAt(longAgo), checkpointsAt(Date.now())];
    const { target } = parsedRequest;
    const expired = freshTransfer(longAgo);
    const { transferId } = await past.create(expired);
    await past.recordPart(transferId, 'u', partRow(1));
    await past.report(transferId, reportRow(1));
    await past.lockTarget(target, transferId);
    await past.claimKey('key', { transferId, instead: undefined });
    expect(await past.reportOf(transferId, 1)).toBeDefined();
    expect(await past.lockOwner(target)).toBe(transferId);

    expect(await present.read(transferId)).toBeUndefined();
    expect((await present.list({ limit: 50, after: undefined })).transfers).toEqual([]);
    expect(await present.parts(transferId, 'u', 1, 1)).toEqual([]);
    expect(await present.reports(transferId)).toEqual([]);
    expect(await present.reportOf(transferId, 1)).toBeUndefined();
    expect(await present.lockOwner(target)).toBeUndefined();
    expect(await present.keyOwner('key')).toBeUndefined();
    await expect(present.change(transferId, (now) => now)).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('are replaced by new ones', async () => {
    const [past, present] = [checkpointsAt(Date.now() - LIFE_MS - 1000), checkpointsAt(Date.now())];
    const target = { ...parsedRequest.target, key: 'replaced' };
    const old = await past.create(freshTransfer(1));
    await past.lockTarget(target, 'old');
    await past.claimKey('replaced', { transferId: 'old', instead: undefined });
    const fresh = { ...old, createdAtMs: 2 };
    expect(await present.create(fresh)).toEqual(fresh);
    expect(await present.read(old.transferId)).toEqual(fresh);
    expect(await present.lockTarget(target, 'new')).toBe('new');
    expect(await present.claimKey('replaced', { transferId: 'new', instead: undefined })).toBe('new');
  });

  it('are not seen 16 days after a URL was kept, though other rows live on', async () => {
    const begun = Date.now();
    const keptAfter = (days: number) => checkpointsAt(begun + days * 24 * 3600 * 1000);
    await keptAfter(0).keepUrl('id', 'https://example.org/x?signed');
    expect(await keptAfter(15.9).keptUrl('id')).toBe('https://example.org/x?signed');
    expect(await keptAfter(16.1).keptUrl('id')).toBeUndefined();
    await keptAfter(15).keepUrl('id', 'https://example.org/x?signed');
    expect(await keptAfter(16.1).keptUrl('id')).toBeDefined();
  });

  it('are not seen in the reports of sweeps', async () => {
    const past = dynamodbSweeps('checkpoints', clockSaying(Date.now() - LIFE_MS - 1000), client);
    await past.write(summaryOf('19990101'));
    await past.writeRows('19990101', 1, [{ outcome: 'settled', transferId: 'x' }]);
    expect(await past.newest(9)).toHaveLength(1);
    const present = dynamodbSweeps('checkpoints', systemClock, client);
    expect(await present.newest(9)).toEqual([]);
    expect(await present.read('19990101')).toBeUndefined();
    expect(await present.rows('19990101', 1)).toEqual([]);
  });
});

describe('A row in DynamoDB that expires between a refused write and the look at who has it', () => {
  // Rows live for whole seconds.
  const begun = Math.floor(Date.now() / 1000) * 1000;
  const [before, after] = [begun + LIFE_MS - 1, begun + LIFE_MS + 1];

  it('makes nobody the owner of a target key that was not given', async () => {
    const target = { ...parsedRequest.target, key: 'expiring' };
    await checkpointsAt(begun).lockTarget(target, 'old');
    await expect(checkpointsAt(before, after).lockTarget(target, 'new')).rejects.toMatchObject({ name: 'Throttled' });
    expect(await checkpointsAt(before).lockOwner(target)).toBe('old');
  });

  it('makes nobody the owner of an idempotency key that was not given', async () => {
    const claim = { transferId: 'new', instead: undefined };
    await checkpointsAt(begun).claimKey('expiring', { transferId: 'old', instead: undefined });
    await expect(checkpointsAt(before, after).claimKey('expiring', claim)).rejects.toMatchObject({ name: 'Throttled' });
    expect(await checkpointsAt(after).claimKey('expiring', claim)).toBe('new');
  });

  it('lets nobody believe that a header was stored', async () => {
    const transfer = await checkpointsAt(begun).create(freshTransfer());
    const again = { ...transfer, createdAtMs: 2 };
    await expect(checkpointsAt(before, before, after).create(again)).rejects.toMatchObject({ name: 'Throttled' });
    expect(await checkpointsAt(after).create(again)).toEqual(again);
  });
});

it('Reports of batches come in several pages from DynamoDB, and all of them are given', async () => {
  const documents = DynamoDBDocumentClient.from(client);
  const transferId = 'many reports';
  for (const firstPart of range(1, 8)) {
    // As if later code had written more beside the report.
    const more = { ...stamp(Date.now()), more: 'x'.repeat(300_000) };
    const Item = { ...reportKey(transferId, firstPart), ...reportRow(firstPart), ...more };
    await documents.send(new PutCommand({ TableName: 'checkpoints', Item }));
  }
  const { reports } = dynamodbCheckpoints('checkpoints', systemClock, client);
  expect(await reports(transferId)).toEqual(range(1, 8).map((firstPart) => reportRow(firstPart)));
});
