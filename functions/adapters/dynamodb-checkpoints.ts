import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { TransferError } from '../transfer/errors.ts';
import type { Checkpoints, Clock } from '../transfer/ports.ts';
import { batchReport } from '../transfer/tally.ts';
import { copiedPart, type Transfer } from '../transfer/transfer.ts';
import { idempotencyKeys, targetLocks } from './dynamodb-claims.ts';
import {
  expiry,
  type HeaderRow,
  headerKey,
  isExpired,
  NEWEST,
  type PartRow,
  partKey,
  partSort,
  partsKey,
  type ReportRow,
  reportKey,
} from './dynamodb-rows.ts';
import { openTable, queryAll, type Table, wrote } from './dynamodb-table.ts';

// Ten writers at once at one header is more than a transfer has; if even that is passed, Step Functions tries again.
const CHANGE_TRIES_MAX = 10;

// BatchWriteItem takes 25: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
const DELETES_AT_ONCE = 25;

/** The checkpoint in one DynamoDB table. No transaction and no counter: every write is conditional or absolute. */
export function dynamodbCheckpoints(
  name: string,
  clock: Clock,
  client = new DynamoDBClient({ maxAttempts: 8 }),
): Checkpoints {
  const table = openTable(name, clock, client);
  return { ...headers(table), ...parts(table), ...reports(table), ...targetLocks(table), ...idempotencyKeys(table) };
}

function headers(table: Table): Pick<Checkpoints, 'create' | 'read' | 'change' | 'list'> {
  const readRow = async (transferId: string): Promise<HeaderRow | undefined> => {
    const { Item } = await table.send(
      new GetCommand({ TableName: table.name, Key: headerKey(transferId), ConsistentRead: true }),
    );
    return Item && !isExpired(Item, table.clock.nowMs()) ? (Item as HeaderRow) : undefined;
  };
  return {
    create: async (transfer) => {
      const created = await putHeader(table, transfer, 0);
      return created ? transfer : ((await readRow(transfer.transferId))?.transfer ?? transfer);
    },
    read: async (transferId) => (await readRow(transferId))?.transfer,
    change: async (transferId, change) => {
      for (let tries = 0; tries < CHANGE_TRIES_MAX; tries += 1) {
        const row = await readRow(transferId);
        if (!row) throw new TransferError('NotFound', `There is no transfer ${transferId}.`);
        const changed = change(row.transfer);
        if (!changed) return row.transfer;
        if (await putHeader(table, changed, row.revision)) return changed;
        await table.clock.sleep(table.clock.random() * 100);
      }
      throw new TransferError(
        'Throttled',
        `The checkpoint of transfer ${transferId} is being changed by too many at once.`,
      );
    },
    list: async ({ limit, after }) => {
      const page = await table.send(
        new QueryCommand({
          TableName: table.name,
          IndexName: NEWEST.index,
          KeyConditionExpression: 'kind = :kind',
          ExpressionAttributeValues: { ':kind': NEWEST.kind },
          ScanIndexForward: false,
          Limit: limit,
          ExclusiveStartKey: after === undefined ? undefined : readCursor(after),
        }),
      );
      const next = page.LastEvaluatedKey
        ? Buffer.from(JSON.stringify(page.LastEvaluatedKey)).toString('base64url')
        : undefined;
      return { transfers: (page.Items ?? []).map((row) => (row as HeaderRow).transfer), after: next };
    },
  };
}

/** Writes revision + 1 if the row is still at `revision`; 0 means that there must be none. */
async function putHeader(table: Table, transfer: Transfer, revision: number): Promise<boolean> {
  const nowMs = table.clock.nowMs();
  const index = { kind: NEWEST.kind, createdAtMs: transfer.createdAtMs };
  const row = { ...headerKey(transfer.transferId), ...index, revision: revision + 1, transfer, ...expiry(nowMs) };
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

function readCursor(after: string): Record<string, unknown> {
  try {
    const { pk, sk, createdAtMs } = JSON.parse(Buffer.from(after, 'base64url').toString());
    const isKey = typeof pk === 'string' && typeof sk === 'string' && typeof createdAtMs === 'number';
    if (isKey) return { pk, sk, createdAtMs, kind: NEWEST.kind };
  } catch {
    // Falls through: whatever it was, it is not a cursor of ours.
  }
  throw new TransferError('InvalidRequest', '`after` is not what a list gave to go on with.');
}

function parts(table: Table): Pick<Checkpoints, 'recordPart' | 'parts' | 'forgetParts'> {
  return {
    recordPart: async (transferId, uploadId, part) => {
      const row = { ...partKey(transferId, uploadId, part.partNumber), ...part, ...expiry(table.clock.nowMs()) };
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
      for (let index = 0; index < partNumbers.length; index += DELETES_AT_ONCE) {
        const some = partNumbers.slice(index, index + DELETES_AT_ONCE);
        const deletes = some.map((partNumber) => ({
          DeleteRequest: { Key: partKey(transferId, uploadId, partNumber) },
        }));
        const { UnprocessedItems } = await table.send(
          new BatchWriteCommand({ RequestItems: { [table.name]: deletes } }),
        );
        if (Object.keys(UnprocessedItems ?? {}).length > 0)
          throw new TransferError('Throttled', 'DynamoDB did not take all deletes.');
      }
    },
  };
}

function reports(table: Table): Pick<Checkpoints, 'report' | 'reports' | 'reportOf'> {
  return {
    report: async (transferId, report) => {
      const row = { ...reportKey(transferId, report.firstPart), ...report, ...expiry(table.clock.nowMs()) };
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
      return Item ? batchReport(Item as ReportRow) : undefined;
    },
  };
}
