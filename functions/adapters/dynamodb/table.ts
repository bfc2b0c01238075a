import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../../engine/ports/ports.ts';
import { type ErrorName, TransferError } from '../../transfer/errors.ts';
import { isExpired } from './rows.ts';

/** One table. All its requests go through `send`. */
export type Table = { readonly send: DynamoDBDocumentClient['send']; readonly name: string; readonly clock: Clock };

export function openTable(name: string, clock: Clock, client: DynamoDBClient): Table {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return { send: named(documents.send.bind(documents)), name, clock };
}

/** All pages of a consistent query, without the rows that have expired. */
export async function queryAll<R extends { ttl: number }>(
  table: Table,
  query: Omit<QueryCommandInput, 'TableName'>,
): Promise<R[]> {
  const rows: R[] = [];
  let from: QueryCommandInput['ExclusiveStartKey'];
  do {
    const page = await table.send(
      new QueryCommand({ TableName: table.name, ConsistentRead: true, ...query, ExclusiveStartKey: from }),
    );
    rows.push(...((page.Items ?? []) as R[]));
    from = page.LastEvaluatedKey;
  } while (from);
  return rows.filter((row) => !isExpired(row, table.clock.nowMs()));
}

/** Whether a conditional write was made. `false`: its condition was not true. */
export async function wrote(write: Promise<unknown>): Promise<boolean> {
  return write.then(
    () => true,
    (error) => {
      if (isUnmetCondition(error)) return false;
      throw error;
    },
  );
}

/**
 * The SDK has made its own retries already. We give the error one of our names, so that the state machine knows what to
 * do.
 */
function named(send: DynamoDBDocumentClient['send']): DynamoDBDocumentClient['send'] {
  const call = async (...args: Parameters<typeof send>) => {
    try {
      return await send(...args);
    } catch (error) {
      if (isUnmetCondition(error) || !(error instanceof Error)) throw error;
      throw new TransferError(nameOf(error), `DynamoDB: ${error.name}: ${error.message}`, { cause: error });
    }
  };
  return call as typeof send;
}

// Errors are told apart by name: the bundles leave out the SDK's classes of errors (tools/build/lean-sdk.ts).
const isUnmetCondition = (error: unknown): boolean =>
  error instanceof Error && error.name === 'ConditionalCheckFailedException';

function nameOf(error: Error): ErrorName {
  if (/Throttl|ThroughputExceeded|RequestLimit/.test(error.name)) return 'Throttled';
  return /AccessDenied|Validation|ResourceNotFound/.test(error.name) ? 'Refused' : 'Unreachable';
}
