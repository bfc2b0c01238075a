import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { TransferPage, TransfersFrom } from '../../engine/ports/ports.ts';
import { TransferError } from '../../transfer/errors.ts';
import { upgraded } from '../../transfer/schema.ts';
import type { Transfer } from '../../transfer/transfer.ts';
import { type HeaderRow, headerKey, type IndexKey, isExpired, listedKey, NEWEST } from './rows.ts';
import type { Table } from './table.ts';

// BatchGetItem takes 100 keys: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
const GETS_AT_ONCE = 100;
// BatchGetItem leaves keys out if its answer reaches 16 MB. Then we ask for the rest at once. If it is throttled, it
// returns no rows at all. Then we ask again after a pause that doubles each time, for at most 13 s.
const GETS_IN_VAIN_MAX = 8;
const PAUSE_MS = 100;
// We skip rows without headers. After so many queries we return the page even if it is short, so that nobody waits
// long. The next page goes on from there.
const QUERIES_A_PAGE_MAX = 10;

/** Asks the index which transfers there are, and the table for their headers. */
export async function listTransfers(table: Table, { limit, after }: TransfersFrom): Promise<TransferPage> {
  const transfers: Transfer[] = [];
  let from = after === undefined ? undefined : readCursor(after);
  for (let queries = 0; queries < QUERIES_A_PAGE_MAX; queries += 1) {
    const { Items, LastEvaluatedKey } = await table.send(
      new QueryCommand({
        TableName: table.name,
        IndexName: NEWEST.index,
        KeyConditionExpression: 'kind = :kind',
        ExpressionAttributeValues: { ':kind': NEWEST.kind },
        // Headers that older code wrote are in the index with all their fields. We need only their keys.
        ProjectionExpression: 'pk, sk, kind, createdAtMs',
        ScanIndexForward: false,
        Limit: limit - transfers.length,
        ExclusiveStartKey: from,
      }),
    );
    transfers.push(...(await transfersOf(table, (Items ?? []) as IndexKey[])));
    from = LastEvaluatedKey as IndexKey | undefined;
    if (!from || transfers.length >= limit) break;
  }
  return { transfers, after: from && writeCursor(from) };
}

/**
 * The headers, in the order of the keys. A listed row without a header was left by a crash, or its transfer has
 * expired.
 */
async function transfersOf(table: Table, keys: readonly IndexKey[]): Promise<Transfer[]> {
  const headers = await readHeaders(table, [...new Set(keys.map(({ pk }) => pk))]);
  return keys.flatMap(({ pk, sk }) => {
    const header = headers.get(pk);
    if (!header || isExpired(header, table.clock.nowMs())) return [];
    // A header with `kind` is in the index itself. If the index has both rows of a transfer, only one of them may
    // count.
    const isOfListedRow = sk === listedKey('').sk;
    const isInIndexItself = header.kind !== undefined;
    return isOfListedRow === isInIndexItself ? [] : [upgraded(header.transfer, header.schema)];
  });
}

async function readHeaders(table: Table, partitionKeys: readonly string[]): Promise<Map<string, HeaderRow>> {
  const headers = new Map<string, HeaderRow>();
  for (let first = 0; first < partitionKeys.length; first += GETS_AT_ONCE) {
    const some = partitionKeys.slice(first, first + GETS_AT_ONCE);
    for (const row of await getAll(table, some)) headers.set(row.pk, row);
  }
  return headers;
}

type FoundHeader = HeaderRow & { readonly pk: string };

async function getAll(table: Table, partitionKeys: readonly string[]): Promise<FoundHeader[]> {
  const rows: FoundHeader[] = [];
  let keys: Record<string, unknown>[] = partitionKeys.map((pk) => ({ pk, sk: headerKey('').sk }));
  for (let inVain = 0; keys.length > 0; ) {
    const { Responses, UnprocessedKeys } = await table.send(
      new BatchGetCommand({ RequestItems: { [table.name]: { Keys: keys, ConsistentRead: true } } }),
    );
    rows.push(...((Responses?.[table.name] ?? []) as FoundHeader[]));
    const left = UnprocessedKeys?.[table.name]?.Keys ?? [];
    inVain = left.length < keys.length ? 0 : inVain + 1;
    if (inVain === GETS_IN_VAIN_MAX)
      throw new TransferError(
        'Throttled',
        `DynamoDB did not return ${left.length} of ${partitionKeys.length} headers.`,
      );
    if (inVain > 0) await table.clock.sleep(table.clock.random() * PAUSE_MS * 2 ** (inVain - 1));
    keys = left;
  }
  return rows;
}

/** A place in the index. It stays valid if rows around it are added or removed, even its own row. */
function writeCursor({ pk, sk, createdAtMs }: IndexKey): string {
  return Buffer.from(JSON.stringify({ pk, sk, createdAtMs })).toString('base64url');
}

function readCursor(after: string): IndexKey {
  try {
    const { pk, sk, createdAtMs } = JSON.parse(Buffer.from(after, 'base64url').toString());
    // DynamoDB would refuse another key in words of its own.
    const isKey = /^T#[\x20-\x7e]{1,128}$/.test(pk) && /^[A-Z]{1,16}$/.test(sk) && Number.isSafeInteger(createdAtMs);
    if (isKey) return { pk, sk, createdAtMs, kind: NEWEST.kind };
  } catch {
    // We fall through: whatever it was, it is not one of our cursors.
  }
  throw new TransferError('InvalidRequest', '`after` is not a value that a list returned.');
}
