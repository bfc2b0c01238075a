import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Clock, Sweeps } from '../../engine/ports/ports.ts';
import type { SweepRow, SweepSummary } from '../../transfer/sweep-report.ts';
import { isExpired, stamp, sweepKey, sweepRowsKey } from './rows.ts';
import { openTable } from './table.ts';

type SummaryRow = { readonly summary: SweepSummary };

/** The reports of sweeps, in the table of the checkpoints. They expire like all rows there. */
export function dynamodbSweeps(name: string, clock: Clock, client = new DynamoDBClient({ maxAttempts: 8 })): Sweeps {
  const table = openTable(name, clock, client);
  const put = async (row: Record<string, unknown>): Promise<void> => {
    await table.send(new PutCommand({ TableName: name, Item: { ...row, ...stamp(clock.nowMs()) } }));
  };
  const get = async (key: Record<string, string>): Promise<Record<string, unknown> | undefined> => {
    const { Item } = await table.send(new GetCommand({ TableName: name, Key: key, ConsistentRead: true }));
    return Item && !isExpired(Item, clock.nowMs()) ? Item : undefined;
  };
  return {
    write: (summary) => put({ ...sweepKey(summary.sweepId), summary }),
    writeRows: (sweepId, page, rows) => put({ ...sweepRowsKey(sweepId, page), rows }),
    newest: async (limit) => {
      const { Items = [] } = await table.send(
        new QueryCommand({
          TableName: name,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': sweepKey('').pk },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      const present = Items.filter((row) => !isExpired(row, clock.nowMs()));
      return present.map((row) => (row as SummaryRow).summary);
    },
    read: async (sweepId) => ((await get(sweepKey(sweepId))) as SummaryRow | undefined)?.summary,
    rows: async (sweepId, page) => ((await get(sweepRowsKey(sweepId, page)))?.rows ?? []) as SweepRow[],
  };
}
