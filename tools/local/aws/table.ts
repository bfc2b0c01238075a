import { mkdirSync } from 'node:fs';
import db from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import { isObject, type JsonObject } from '../../json.ts';
import { AwsError } from '../../signed/observe.ts';
import type { Service } from '../door/door.ts';
import type { LocalTable } from '../template/assembly.ts';
import { dynaliteOperations } from './dynalite-operations.ts';

export type LocalTables = { readonly service: Service; readonly stop: () => Promise<void> };

type Store = ReturnType<typeof db.create>;
type Table = { readonly TableStatus: string; readonly GlobalSecondaryIndexes?: readonly object[] };

// These are operations on rows. No function may create or drop a table.
const { CreateTable: _, ...OPERATIONS } = dynaliteOperations;

/**
 * DynamoDB with its data in a folder. Lock the folder first, because dynalite fails only at its first request if another
 * process has the folder. Writes survive kill -9 of this process, but not a power failure, because LevelDB writes without
 * fsync. dynalite's own server checks no signature and accepts every web page. So we do not start it, and use only the
 * code that executes a request.
 */
export async function startTables(
  directory: string,
  tables: readonly LocalTable[],
  store: Store = openStore(directory),
): Promise<LocalTables> {
  for (const table of tables) await createIfMissing(store, table);
  const operations = Object.entries(OPERATIONS).map(([name, each]) => [name, operationOf(store, each)] as const);
  return {
    service: {
      signingName: 'dynamodb',
      targetPrefix: 'DynamoDB_20120810',
      operations: Object.fromEntries(operations),
    },
    stop: () => store.lifecycleManager.gracefulClose(),
  };
}

function openStore(path: string): Store {
  mkdirSync(path, { recursive: true });
  return db.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
}

async function createIfMissing(store: Store, table: LocalTable): Promise<void> {
  const indexes = table.globalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    ...{ IndexName, KeySchema, Projection },
  }));
  try {
    await operationOf(
      store,
      dynaliteOperations.CreateTable,
    )({
      TableName: table.name,
      KeySchema: table.keySchema,
      AttributeDefinitions: table.attributeDefinitions,
      BillingMode: 'PAY_PER_REQUEST',
      ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
    });
  } catch (error) {
    // The last run has made the table. Its rows are the checkpoints that this run continues with.
    if (error instanceof AwsError && error.name === 'ResourceInUseException') return activate(store, table.name);
    throw new Error(`the table ${table.name} could not be created: ${error}`);
  }
}

/**
 * dynalite first writes a new table as CREATING, and a moment later as ACTIVE. If a run was killed between the two, no
 * later run could use the table. So this sets it to ACTIVE.
 */
async function activate({ tableDb }: Store, name: string): Promise<void> {
  const table = await new Promise<Table>((resolve, reject) => {
    tableDb.get(name, (error, found) => (found ? resolve(found) : reject(error)));
  });
  if (table.TableStatus === 'ACTIVE') return;
  const indexes = table.GlobalSecondaryIndexes?.map((index) => ({ ...index, IndexStatus: 'ACTIVE' }));
  const active = { ...table, TableStatus: 'ACTIVE', ...(indexes && { GlobalSecondaryIndexes: indexes }) };
  await new Promise<void>((resolve, reject) => {
    tableDb.put(name, active, (error) => (error ? reject(error) : resolve()));
  });
}

type Operation = (typeof dynaliteOperations)[keyof typeof dynaliteOperations];

/** Executes an operation as dynalite's server does with the body of a request. */
function operationOf(store: Store, [act, { types, custom }]: Operation): (input: JsonObject) => Promise<JsonObject> {
  return async (input) => {
    try {
      // checkTypes deletes fields that it does not know, so we give it a copy.
      const checked = validations.checkTypes({ ...input }, types);
      validations.checkValidations(checked, types, custom, store);
      return await new Promise((resolve, reject) => {
        act(store, checked, (error, output = {}) => (error ? reject(error) : resolve({ ...output })));
      });
    } catch (error) {
      throw awsErrorOf(error);
    }
  };
}

function awsErrorOf(error: unknown): unknown {
  const { body, statusCode } = error as { body?: unknown; statusCode?: number };
  if (!isObject(body)) return error;
  const name = String(body.__type).replace(/^.*#/, '');
  return new AwsError(name, String(body.message ?? body.Message ?? name), statusCode);
}
