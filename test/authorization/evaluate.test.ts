import { describe, expect, it } from 'vitest';
import { evaluate, type Statement } from './evaluate.ts';
import { type Need, needsOf } from './needs.ts';

const table = 'arn:aws:dynamodb:us-east-1:000000000000:table/Checkpoints';
const allow = (change: Partial<Statement> = {}): Statement => ({
  effect: 'Allow',
  actions: ['dynamodb:GetItem'],
  resources: [table],
  conditions: {},
  ...change,
});
const need = (change: Partial<Need> = {}): Need => ({ action: 'dynamodb:GetItem', resource: table, ...change });
const isAllowed = (statement: Partial<Statement>, wanted: Partial<Need> = {}) =>
  evaluate([allow(statement)], need(wanted)).isAllowed;

describe('A role', () => {
  it('may do only what a statement allows', () => {
    expect(evaluate([], need())).toEqual({ isAllowed: false, by: [] });
    expect(isAllowed({})).toBe(true);
    expect(isAllowed({}, { action: 'dynamodb:PutItem' })).toBe(false);
    expect(isAllowed({}, { resource: `${table}/index/newest` })).toBe(false);
  });

  it('may not do what a statement denies, even if another statement allows it', () => {
    const denying = allow({ effect: 'Deny', actions: ['dynamodb:*'] });
    for (const statements of [
      [allow(), denying],
      [denying, allow()],
    ])
      expect(evaluate(statements, need())).toMatchObject({ isAllowed: false, by: [{ statement: denying }] });
  });

  it('has actions and resources with stars and question marks, and actions match in upper and lower case', () => {
    expect(isAllowed({ actions: ['DynamoDB:Get*'] })).toBe(true);
    expect(isAllowed({ actions: ['dynamodb:Get?tem'] })).toBe(true);
    expect(isAllowed({ actions: ['dynamodb:Get?Item'] })).toBe(false);
    expect(isAllowed({ resources: ['*'] })).toBe(true);
    expect(isAllowed({ resources: ['arn:aws:dynamodb:*:*:table/Check*'] })).toBe(true);
  });

  it('matches a colon with a star only in the last part of an ARN', () => {
    const execution = 'arn:aws:states:us-east-1:000000000000:execution:Machine:one';
    expect(isAllowed({ resources: [execution.replace('Machine:one', '*')] }, { resource: execution })).toBe(true);
    expect(isAllowed({ resources: ['arn:aws:states:*:execution:Machine:one'] }, { resource: execution })).toBe(false);
  });

  it('treats an escaped star, question mark or dollar of a policy as that character', () => {
    const literally = (letter: string) => `\${${letter}}`;
    const resources = [`arn:aws:s3:::odd/a${literally('*')}b${literally('?')}${literally('$')}/*`];
    expect(isAllowed({ resources }, { resource: 'arn:aws:s3:::odd/a*b?$/x' })).toBe(true);
    expect(isAllowed({ resources }, { resource: 'arn:aws:s3:::odd/axxb?$/x' })).toBe(false);
    const variable = { resources: [`arn:aws:s3:::home/${literally('aws:username')}/*`] };
    expect(() => isAllowed(variable, { resource: 'arn:aws:s3:::home/me/x' })).toThrow(/variable aws:username/);
  });

  it('must meet each condition: on all rows, and on one source', () => {
    const conditions = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['T#*', 'L#*'] } };
    const ofRows = (...keys: string[]) => isAllowed({ conditions }, { context: { 'dynamodb:LeadingKeys': keys } });
    expect([ofRows('T#1', 'L#2'), ofRows('T#1', 'K#2'), ofRows()]).toEqual([true, false, true]);
    const source = { StringEquals: { 'events:source': ['partway'] } };
    const of = (...sources: string[]) => isAllowed({ conditions: source }, { context: { 'events:source': sources } });
    expect([of('partway'), of('Partway'), of()]).toEqual([true, false, false]);
  });

  it('makes the evaluation throw if it has an unknown condition', () => {
    const context = { 'dynamodb:LeadingKeys': ['T#1'] };
    const operator = { StringNotLike: { 'dynamodb:LeadingKeys': ['T#*'] } };
    expect(() => isAllowed({ conditions: operator }, { context })).toThrow(/operator StringNotLike/);
    const key = { StringEquals: { 'aws:SourceVpc': ['vpc-1'] } };
    expect(() => isAllowed({ conditions: key }, { context })).toThrow(/key aws:SourceVpc of dynamodb:GetItem/);
  });
});

describe('The needs of a call', () => {
  const needs = (name: string, input: object) => {
    const [service = '', operation = ''] = name.split(':');
    const all = needsOf({ caller: 'Plan', service, operation, input: { query: {}, headers: {}, ...input } });
    return all.map(({ action, resource, context = {} }) =>
      [action, resource.replace(/^arn:aws:\w+:[^:]*:\d*:/, ''), ...Object.values(context).flat()].join(' '),
    );
  };
  const row = (pk: string) => ({ pk: { S: pk }, sk: { S: 'x' } });

  it('to DynamoDB have the keys of all its rows, and the index that it queries', () => {
    const writes = [{ PutRequest: { Item: row('T#1') } }, { DeleteRequest: { Key: row('L#2') } }];
    expect(needs('dynamodb:BatchWriteItem', { RequestItems: { t: writes } })).toEqual([
      'dynamodb:BatchWriteItem table/t T#1 L#2',
    ]);
    expect(needs('dynamodb:BatchGetItem', { RequestItems: { t: { Keys: [row('T#1')] } } })).toEqual([
      'dynamodb:BatchGetItem table/t T#1',
    ]);
    const values = { ExpressionAttributeValues: { ':pk': { S: 'T#1' } } };
    const query = { TableName: 't', KeyConditionExpression: 'pk = :pk AND begins_with(sk, :batch)', ...values };
    expect(needs('dynamodb:Query', query)).toEqual(['dynamodb:Query table/t T#1']);
    expect(needs('dynamodb:Query', { ...query, IndexName: 'newest' })[0]).toMatch(/table\/t\/index\/newest/);
  });

  it('to S3 include more rights if a header or a version needs them', () => {
    const at = { Bucket: 'b', Key: 'a/ü' };
    expect(needs('s3:PutObject', at)).toEqual(['s3:PutObject b/a/ü']);
    const headers = { 'x-amz-tagging': 'a=b', 'x-amz-acl': 'public-read' };
    expect(needs('s3:CreateMultipartUpload', { ...at, headers })).toEqual([
      's3:PutObject b/a/ü',
      's3:PutObjectTagging b/a/ü',
      's3:PutObjectAcl b/a/ü',
    ]);
    expect(needs('s3:HeadObject', { ...at, query: { versionId: 'v' } })).toEqual(['s3:GetObjectVersion b/a/ü']);
    const copy = { 'x-amz-copy-source': 'from/a%20b?versionId=v' };
    expect(needs('s3:UploadPartCopy', { ...at, headers: copy })).toEqual([
      's3:GetObjectVersion from/a b',
      's3:PutObject b/a/ü',
    ]);
    const key = { 'x-amz-server-side-encryption-aws-kms-key-id': 'k' };
    expect(() => needs('s3:PutObject', { ...at, headers: key })).toThrow(/kms-key-id/);
  });

  it('to Secrets Manager have the whole ARN of the secret, also if the call gives its name', () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:partway/a';
    const asked = ['partway/a', arn, `${arn}-local0`].map((SecretId) =>
      needs('secretsmanager:GetSecretValue', { SecretId }),
    );
    expect(new Set(asked.flat())).toEqual(new Set(['secretsmanager:GetSecretValue secret:partway/a-local0']));
  });

  it('are unknown for a new kind of call, and the error names the call', () => {
    expect(() => needs('dynamodb:TransactWriteItems', {})).toThrow('Plan calls dynamodb:TransactWriteItems');
  });
});
