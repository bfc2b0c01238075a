import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Checkpoints, Clock } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';
import { batchReport } from '../../transfer/tally.ts';
import { copiedPart } from '../copied-part.ts';
import { idempotencyKeys, targetLocks } from './claims.ts';
import { headers } from './headers.ts';
import { keptUrls } from './kept-urls.ts';
import {
  headerKey,
  isExpired,
  type PartRow,
  partKey,
  partSort,
  partsKey,
  type ReportRow,
  reportKey,
  stamp,
} from './rows.ts';
import { openTable, queryAll, type Table } from './table.ts';

// BatchWriteItem takes 25: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const DELETES_AT_ONCE = 25;

/**
 * The checkpoint in one DynamoDB table. It uses no transaction and no counter: every write is conditional or absolute.
 */
export function dynamodbCheckpoints(
  name: string,
  clock: Clock,
  client = new DynamoDBClient({ maxAttempts: 8 }),
): Checkpoints {
  const table = openTable(name, clock, client);
  return {
    ...headers(table),
    ...parts(table),
    ...reports(table),
    ...targetLocks(table),
    ...idempotencyKeys(table),
    ...keptUrls(table),
  };
}

function parts(table: Table): Pick<Checkpoints, 'recordPart' | 'parts' | 'forgetParts'> {
  return {
    recordPart: async (transferId, uploadId, part) => {
      const row = { ...partKey(transferId, uploadId, part.partNumber), ...part, ...stamp(table.clock.nowMs()) };
      await table.send(new PutCommand({ TableName: table.name, Item: row }));
    },
    parts: async (transferId, uploadId, fromPart, toPart) => {
      if (toPart < fromPart) return []; // DynamoDB refuses an empty range
      const rows = await queryAll<PartRow>(table, {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: {
          ':pk': partsKey(transferId, uploadId),
          ':from': partSort(fromPart),
          ':to': partSort(toPart),
        },
      });
      return rows.map(copiedPart);
    },
    forgetParts: async (transferId, uploadId, partNumbers) => {
      // DynamoDB refuses a request that names a key twice.
      const numbers = [...new Set(partNumbers)];
      for (let index = 0; index < numbers.length; index += DELETES_AT_ONCE) {
        const some = numbers.slice(index, index + DELETES_AT_ONCE);
        const deletes = some.map((partNumber) => ({
          DeleteRequest: { Key: partKey(transferId, uploadId, partNumber) },
        }));
        const { UnprocessedItems } = await table.send(
          new BatchWriteCommand({ RequestItems: { [table.name]: deletes } }),
        );
        if (Object.keys(UnprocessedItems ?? {}).length > 0)
          throw new TransferError('Throttled', 'DynamoDB did not delete all rows.');
      }
    },
  };
}

function reports(table: Table): Pick<Checkpoints, 'report' | 'reports' | 'reportOf'> {
  return {
    report: async (transferId, report) => {
      const row = { ...reportKey(transferId, report.firstPart), ...report, ...stamp(table.clock.nowMs()) };
      await table.send(new PutCommand({ TableName: table.name, Item: row }));
    },
    reports: async (transferId) => {
      const { pk } = headerKey(transferId);
      const rows = await queryAll<ReportRow>(table, {
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :batch)',
        ExpressionAttributeValues: { ':pk': pk, ':batch': 'B#' },
      });
      return rows.map(batchReport);
    },
    reportOf: async (transferId, firstPart) => {
      const { Item } = await table.send(
        new GetCommand({ TableName: table.name, Key: reportKey(transferId, firstPart), ConsistentRead: true }),
      );
      return Item && !isExpired(Item, table.clock.nowMs()) ? batchReport(Item as ReportRow) : undefined;
    },
  };
}
