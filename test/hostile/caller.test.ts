import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listTransfers } from '../../functions/adapters/dynamodb/list.ts';
import type { Table } from '../../functions/adapters/dynamodb/table.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { requestFor } from '../workflow/request.ts';
import { world } from '../workflow/world.ts';
import { expectLawful, fuzzing } from './stranger.ts';

/** A table that no call may reach. */
const untouched = {
  name: 'checkpoints',
  send: () => Promise.reject(new Error('DynamoDB was asked')),
} as unknown as Table;

describe('A caller of the API', () => {
  it.each([
    ['text', 'a'],
    ['an empty key', { pk: '', sk: '', createdAtMs: 1 }],
    ['a key that DynamoDB refuses', { pk: `T#${'x'.repeat(3000)}`, sk: 'LISTED', createdAtMs: 1 }],
    ['another kind of row', { pk: 'L#b#data#y', sk: 'LOCK', createdAtMs: 1 }],
    ['no time', { pk: 'T#1', sk: 'LISTED', createdAtMs: 'now' }],
    ['null', null],
  ])('is refused by name if its cursor is %s', async (_, cursor) => {
    const after = Buffer.from(JSON.stringify(cursor)).toString('base64url');
    const failure = { name: 'InvalidRequest', message: '`after` is not a value that a list returned.' };
    await expect(listTransfers(untouched, { limit: 1, after })).rejects.toMatchObject(failure);
  });

  it('with any body at all gets a transfer, or an error by a name of our list', async () => {
    const { ports } = world();
    const anything = fc.oneof(
      fc.jsonValue({ maxDepth: 4 }),
      fc
        .tuple(fc.constantFrom(...Object.keys(requestFor()), 'metadata', 'tags', 'x'), fc.jsonValue({ maxDepth: 3 }))
        .map(([name, value]) => ({ ...requestFor(), [name]: value })),
    );
    const tried = fc.asyncProperty(anything, async (body) => {
      await startTransfer(ports)({ body, requestId: 'r' }).catch(expectLawful);
    });
    await fc.assert(tried, fuzzing);
  });
});
