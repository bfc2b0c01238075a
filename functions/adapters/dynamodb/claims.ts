import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Checkpoints } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';
import type { ObjectAddress } from '../../transfer/transfer.ts';
import { idempotencyRow, isExpired, lockKey, stamp } from './rows.ts';
import { type Table, wrote } from './table.ts';

/** The locks of target keys. A key belongs to one unfinished transfer at a time. */
export function targetLocks(table: Table): Pick<Checkpoints, 'lockTarget' | 'lockOwner' | 'releaseTarget'> {
  const lockOwner = async (target: ObjectAddress): Promise<string | undefined> => {
    const { Item } = await table.send(
      new GetCommand({ TableName: table.name, Key: lockKey(target), ConsistentRead: true }),
    );
    return Item && !isExpired(Item, table.clock.nowMs()) ? String(Item.transferId) : undefined;
  };
  return {
    lockOwner,
    lockTarget: async (target, transferId) => {
      const nowMs = table.clock.nowMs();
      const taken = await wrote(
        table.send(
          new PutCommand({
            TableName: table.name,
            Item: { ...lockKey(target), transferId, ...stamp(nowMs) },
            ConditionExpression: 'attribute_not_exists(pk) OR transferId = :me OR #ttl <= :now',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: { ':me': transferId, ':now': Math.floor(nowMs / 1000) },
          }),
        ),
      );
      if (taken) return transferId;
      return (await lockOwner(target)) ?? freedMeanwhile('The owner of the target key');
    },
    releaseTarget: async (target, transferId) => {
      const mine = { ConditionExpression: 'transferId = :me', ExpressionAttributeValues: { ':me': transferId } };
      await wrote(table.send(new DeleteCommand({ TableName: table.name, Key: lockKey(target), ...mine })));
    },
  };
}

/**
 * The owners of idempotency keys. A key belongs to one transfer as long as its row lives, even after that transfer has
 * ended.
 */
export function idempotencyKeys(table: Table): Pick<Checkpoints, 'keyOwner' | 'claimKey'> {
  const keyOwner = async (key: string): Promise<string | undefined> => {
    const { Item } = await table.send(
      new GetCommand({ TableName: table.name, Key: idempotencyRow(key), ConsistentRead: true }),
    );
    return Item && !isExpired(Item, table.clock.nowMs()) ? String(Item.transferId) : undefined;
  };
  return {
    keyOwner,
    claimKey: async (key, { transferId, instead = transferId }) => {
      const nowMs = table.clock.nowMs();
      const taken = await wrote(
        table.send(
          new PutCommand({
            TableName: table.name,
            Item: { ...idempotencyRow(key), transferId, ...stamp(nowMs) },
            ConditionExpression: 'attribute_not_exists(pk) OR transferId IN (:me, :instead) OR #ttl <= :now',
            ExpressionAttributeNames: { '#ttl': 'ttl' },
            ExpressionAttributeValues: { ':me': transferId, ':instead': instead, ':now': Math.floor(nowMs / 1000) },
          }),
        ),
      );
      return taken ? transferId : ((await keyOwner(key)) ?? freedMeanwhile('The owner of the idempotency key'));
    },
  };
}

/**
 * The owner released the key between our refused write and our look, or its row expired. A caller gets its own id only
 * if it has the key, so it must ask again.
 */
function freedMeanwhile(owner: string): never {
  throw new TransferError('Throttled', `${owner} released it meanwhile. Ask again.`);
}
