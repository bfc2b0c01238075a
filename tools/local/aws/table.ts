import { mkdirSync } from 'node:fs';
import db from 'dynalite/db/index.js';
import validations from 'dynalite/validations/index.js';
import { Level } from 'level';
import { diskFull, LocalError } from '../../failures/local-errors.ts';
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
 * process has the folder. What a write has answered survives kill -9 of this process and a power failure, since LevelDB
 * syncs each write. dynalite's own server checks no signature and accepts every web page. So we do not start it, and use only the
 * code that executes a request.
 */
export async function startTables(
  directory: string,
  tables: readonly LocalTable[],
  store: Store = openStore(directory),
): Promise<LocalTables> {
  for (const table of tables) await createIfMissing(store, table, directory);
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

/**
 * dynalite writes without options, and LevelDB then leaves it to the operating system when the bytes reach the disk. A
 * transfer whose header is lost would be forgotten, together with its upload.
 */
function syncEachWrite(): void {
  const level = Level.prototype as unknown as Writer;
  if (level.isSynced) return;
  const { _put, _del, _batch } = level;
  Object.assign(level, {
    isSynced: true,
    _put(this: Writer, key, value, options) {
      return _put.call(this, key, value, { ...options, sync: true });
    },
    _del(this: Writer, key, options) {
      return _del.call(this, key, { ...options, sync: true });
    },
    _batch(this: Writer, operations, options) {
      return _batch.call(this, operations, { ...options, sync: true });
    },
  } satisfies Writer & ThisType<Writer>);
}

/** What LevelDB's class has for the classes above it. */
type Writer = {
  isSynced?: boolean;
  _put(key: unknown, value: unknown, options: object): Promise<void>;
  _del(key: unknown, options: object): Promise<void>;
  _batch(operations: readonly unknown[], options: object): Promise<void>;
};

function openStore(path: string): Store {
  syncEachWrite();
  mkdirSync(path, { recursive: true });
  return db.create({ path, createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
}

async function createIfMissing(store: Store, table: LocalTable, directory: string): Promise<void> {
  const indexes = table.globalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
    IndexName,
    KeySchema,
    Projection,
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
    throw unusable(directory, error);
  }
}

/** LevelDB could not open its files, for instance since a disk lost one of them. Without them no transfer is known. */
function unusable(directory: string, error: unknown): LocalError {
  const full = diskFull(error);
  if (full) return full;
  const message = `The rows of transfers in ${directory} cannot be opened (${error instanceof Error ? error.message : error}). To begin without them, rename that folder: the objects in the stores stay, and \`partway uploads\` shows the uploads of forgotten transfers.`;
  return new LocalError('FolderUnusable', message, error);
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
      if (diskFull(error)) endWith(error);
      throw awsErrorOf(error);
    }
  };
}

/** After a failed write LevelDB takes no others. So the stack must end, whatever the caller does with this answer. */
function endWith(error: unknown): void {
  setImmediate(() => {
    throw error;
  });
}

function awsErrorOf(error: unknown): unknown {
  const { body, statusCode } = error as { body?: unknown; statusCode?: number };
  if (!isObject(body)) return error;
  const name = String(body.__type).replace(/^.*#/, '');
  return new AwsError(name, String(body.message ?? body.Message ?? name), statusCode);
}
