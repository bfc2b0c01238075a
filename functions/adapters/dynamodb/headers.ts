import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Checkpoints } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';
import { upgraded } from '../../transfer/schema.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { listTransfers } from './list.ts';
import { type HeaderRow, headerKey, isExpired, listedKey, listedStamp, NEWEST, stamp } from './rows.ts';
import { type Table, wrote } from './table.ts';

// One header never has ten writers at once. If it has, Step Functions tries again.
const CHANGE_TRIES_MAX = 10;

export function headers(table: Table): Pick<Checkpoints, 'create' | 'read' | 'change' | 'list'> {
  const readRow = async (transferId: string): Promise<HeaderRow | undefined> => {
    const { Item } = await table.send(
      new GetCommand({ TableName: table.name, Key: headerKey(transferId), ConsistentRead: true }),
    );
    if (!Item || isExpired(Item, table.clock.nowMs())) return undefined;
    const row = Item as HeaderRow;
    return { ...row, transfer: upgraded(row.transfer, row.schema) };
  };
  return {
    create: async (transfer) => {
      // We write the listed row first. If we crash between the two writes, that row lists nothing, and expires. In the
      // other order, a crash could leave a transfer that no list and no sweep ever sees.
      const listedUntil = await putListed(table, transfer);
      if (await putHeader(table, transfer, { revision: 0, listedUntil })) return transfer;
      const present = (await readRow(transfer.transferId))?.transfer;
      // The row that was there has expired since, so our row was not written.
      if (!present)
        throw new TransferError('Throttled', `The row of transfer ${transfer.transferId} has just expired. Ask again.`);
      // Another call created the transfer first. Our listed row may have replaced its row and have another time, so we
      // write it again.
      await putListed(table, present);
      return present;
    },
    read: async (transferId) => (await readRow(transferId))?.transfer,
    change: async (transferId, change) => {
      for (let tries = 0; tries < CHANGE_TRIES_MAX; tries += 1) {
        const row = await readRow(transferId);
        if (!row) throw new TransferError('NotFound', `There is no transfer ${transferId}.`);
        const changed = change(row.transfer);
        if (!changed) return row.transfer;
        const listedUntil = await stayListed(table, row);
        if (await putHeader(table, changed, { revision: row.revision, listedUntil })) return changed;
        await table.clock.sleep(table.clock.random() * 100);
      }
      throw new TransferError('Throttled', `Too many calls change the checkpoint of transfer ${transferId} at once.`);
    },
    list: (page) => listTransfers(table, page),
  };
}

/**
 * Makes sure that a transfer stays in the list as long as its header lives. Call it before the header is written.
 * Headers that older code wrote have no listed row, since they are in the index themselves. Their next change gives
 * them such a row, and takes the header out of the index.
 */
async function stayListed(table: Table, { transfer, listedUntil = 0 }: HeaderRow): Promise<number> {
  const isLongEnough = listedUntil >= stamp(table.clock.nowMs()).ttl;
  return isLongEnough ? listedUntil : putListed(table, transfer);
}

/**
 * Writes the listed row of a transfer, or renews it. Returns the time when the row expires. No other write changes the
 * index.
 */
async function putListed(table: Table, { transferId, createdAtMs }: Transfer): Promise<number> {
  const row = { ...listedKey(transferId), kind: NEWEST.kind, createdAtMs, ...listedStamp(table.clock.nowMs()) };
  await table.send(new PutCommand({ TableName: table.name, Item: row }));
  return row.ttl;
}

/**
 * Writes the header as the next revision, if the row still has this `revision`. 0 means that there must be no row.
 * Returns whether it was written.
 */
async function putHeader(
  table: Table,
  transfer: Transfer,
  { revision, listedUntil }: { readonly revision: number; readonly listedUntil: number },
): Promise<boolean> {
  const nowMs = table.clock.nowMs();
  const row = { ...headerKey(transfer.transferId), listedUntil, revision: revision + 1, transfer, ...stamp(nowMs) };
  return wrote(
    table.send(
      new PutCommand({
        TableName: table.name,
        Item: row,
        ConditionExpression: revision === 0 ? 'attribute_not_exists(pk) OR #ttl <= :now' : 'revision = :revision',
        ...(revision === 0 ? { ExpressionAttributeNames: { '#ttl': 'ttl' } } : {}),
        ExpressionAttributeValues: revision === 0 ? { ':now': Math.floor(nowMs / 1000) } : { ':revision': revision },
      }),
    ),
  );
}
