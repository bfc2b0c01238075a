import { asList, asObject, asString, isObject, type JsonObject } from '../../tools/json.ts';
import { arnOf } from '../../tools/local/template/physical.ts';
import type { Need, NeedsOf } from './needs.ts';

// The partition key of our table, and that of its index.
const PARTITION_KEYS = ['pk', 'kind'];

/**
 * A call needs its action on the table, or on the index that it queries. IAM gets the partition keys of all its items:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
 */
export const dynamodbNeeds: Readonly<Record<string, NeedsOf>> = {
  'dynamodb:GetItem': ({ TableName, Key }) => [need('GetItem', tableArn(TableName), [Key])],
  'dynamodb:PutItem': ({ TableName, Item }) => [need('PutItem', tableArn(TableName), [Item])],
  'dynamodb:DeleteItem': ({ TableName, Key }) => [need('DeleteItem', tableArn(TableName), [Key])],
  'dynamodb:Query': (input) => {
    const index = input.IndexName === undefined ? '' : `/index/${asString(input.IndexName, 'IndexName')}`;
    return [{ ...need('Query', tableArn(input.TableName) + index, []), context: leading([askedKey(input)]) }];
  },
  // IAM allows or denies the whole batch, for each of its tables.
  'dynamodb:BatchGetItem': ({ RequestItems }) =>
    Object.entries(asObject(RequestItems, 'RequestItems')).map(([table, wanted]) => {
      const { Keys } = asObject(wanted, table);
      return need('BatchGetItem', tableArn(table), asList(Keys, 'Keys'));
    }),
  'dynamodb:BatchWriteItem': ({ RequestItems }) =>
    Object.entries(asObject(RequestItems, 'RequestItems')).map(([table, writes]) =>
      need('BatchWriteItem', tableArn(table), asList(writes, table).map(writtenItem)),
    ),
};

function need(operation: string, resource: string, items: readonly unknown[]): Need {
  return { action: `dynamodb:${operation}`, resource, context: leading(items.map(partitionKey)) };
}

const leading = (keys: readonly string[]) => ({ 'dynamodb:LeadingKeys': keys });

const tableArn = (name: unknown): string => arnOf('dynamodb', `table/${asString(name, 'TableName')}`);

function writtenItem(write: unknown): unknown {
  const { PutRequest, DeleteRequest } = asObject(write, 'a write');
  return isObject(PutRequest) ? PutRequest.Item : asObject(DeleteRequest, 'DeleteRequest').Key;
}

function partitionKey(item: unknown): string {
  const attributes = asObject(item, 'an item');
  return textOf(PARTITION_KEYS.map((name) => attributes[name]).find((value) => value !== undefined));
}

/** Every query begins with its partition key: "pk = :pk AND …". */
function askedKey({ KeyConditionExpression, ExpressionAttributeValues }: JsonObject): string {
  const condition = asString(KeyConditionExpression, 'KeyConditionExpression');
  const [, name = '', placeholder = ''] = /^(\w+) = (:\w+)/.exec(condition) ?? [];
  if (!PARTITION_KEYS.includes(name)) throw new Error(`"${condition}" does not begin with a partition key.`);
  return textOf(asObject(ExpressionAttributeValues, 'ExpressionAttributeValues')[placeholder]);
}

function textOf(value: unknown): string {
  return asString(asObject(value, 'a partition key').S, 'a partition key');
}
