import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Checkpoints } from '../../engine/ports/ports.ts';
import { isExpired, keptUrlKey, keptUrlStamp } from './rows.ts';
import type { Table } from './table.ts';

/**
 * The URLs of sources, which may have signatures in their queries. They have partition keys of their own, so that IAM
 * can keep them from every function that does not read sources.
 */
export function keptUrls(table: Table): Pick<Checkpoints, 'keepUrl' | 'keptUrl' | 'forgetUrl'> {
  const { name: TableName, clock } = table;
  return {
    keepUrl: async (transferId, url) => {
      const Item = { ...keptUrlKey(transferId), url, ...keptUrlStamp(clock.nowMs()) };
      await table.send(new PutCommand({ TableName, Item }));
    },
    keptUrl: async (transferId) => {
      const Key = keptUrlKey(transferId);
      const { Item } = await table.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && !isExpired(Item, clock.nowMs()) ? String(Item.url) : undefined;
    },
    forgetUrl: async (transferId) => {
      await table.send(new DeleteCommand({ TableName, Key: keptUrlKey(transferId) }));
    },
  };
}
