import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Assembly, readAssembly } from '../../tools/local/template/assembly.ts';
import { synthesize } from './fixture/stack.ts';

const TRANSFERS = 'arn:aws:states:us-east-1:000000000000:stateMachine:transfers';

describe('the reader of cdk.out', () => {
  let assembly: Assembly;
  beforeAll(() => {
    assembly = readAssembly(synthesize());
  });

  it('finds the folder of each function, and resolves its environment', () => {
    const copy = assembly.functions.find(({ logicalId }) => logicalId.startsWith('Copy'))!;
    expect(readFileSync(join(copy.codeDirectory, 'index.mjs'), 'utf8')).toContain('Does what the event says');
    expect(copy).toMatchObject({ handler: 'index.handler', timeoutSeconds: 20, memoryMiB: 192 });
    expect(copy.arn).toBe(`arn:aws:lambda:us-east-1:000000000000:function:${copy.name}`);
    expect(copy.environment).toEqual({
      TABLE: assembly.tables[0]!.name,
      SECRET: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:endpoints/us3',
    });
    expect(assembly.functions.map(({ reservedConcurrency }) => reservedConcurrency)).toContain(2);
  });

  it('resolves the ARNs of the functions in the state machine', () => {
    const [machine] = assembly.stateMachines;
    expect(machine).toMatchObject({ name: 'transfers', arn: TRANSFERS });
    const arns = JSON.stringify(machine!.definition).match(/arn:aws:lambda:[^"]+/g);
    expect(new Set(arns)).toEqual(
      new Set(['Plan', 'Copy'].map((id) => assembly.functions.find((fn) => fn.logicalId.startsWith(id))!.arn)),
    );
    expect(JSON.stringify(machine!.definition)).not.toMatch(/Fn::|"Ref"/);
  });

  it('reads the table with its index and its TTL attribute', () => {
    expect(assembly.tables).toHaveLength(1);
    expect(assembly.tables[0]).toMatchObject({
      ttlAttribute: 'ttl',
      globalSecondaryIndexes: [{ IndexName: 'byTarget' }],
    });
  });

  it('reads each route with its function and its authorization', () => {
    const routes = assembly.routes.map(({ routeKey, authorizationType }) => `${routeKey} ${authorizationType}`);
    expect(routes.sort()).toEqual(['ANY /open/{id} NONE', 'GET /transfers/{id} AWS_IAM', 'POST /transfers AWS_IAM']);
    for (const { functionArn } of assembly.routes) expect(functionArn).toMatch(/:function:Api[0-9A-F]+$/);
  });

  it('reads rules with patterns, schedules and targets', () => {
    const rule = (id: string) => assembly.rules.find(({ logicalId }) => logicalId.startsWith(id))!;
    expect(rule('Ingest').targets[0]).toMatchObject({
      arn: TRANSFERS,
      inputTransformer: { template: expect.any(String) },
    });
    expect(rule('Settle').targets[0]).toMatchObject({ retriesMax: 2 });
    expect(rule('Sweep')).toMatchObject({ scheduleExpression: 'rate(1 day)', busName: 'default', enabled: true });
  });

  it('throws for an unknown intrinsic function and for an unknown attribute', () => {
    expect(() => assembly.resolve({ 'Fn::Cidr': ['10.0.0.0/8', 1] })).toThrow('Fn::Cidr');
    expect(() => assembly.resolve({ 'Fn::GetAtt': [assembly.functions[0]!.logicalId, 'SnapStart'] })).toThrow(
      'SnapStart',
    );
    expect(() => assembly.resolve({ Ref: 'Nobody' })).toThrow('Nobody');
  });

  it('resolves Sub, Select, Split and pseudo parameters', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's placeholders, not ours
    const [text, expected] = ['${A}-${AWS::Region}-${!Kept}', 'x-us-east-1-${Kept}'];
    expect(assembly.resolve({ 'Fn::Sub': [text, { A: 'x' }] })).toBe(expected);
    expect(assembly.resolve({ 'Fn::Select': ['1', { 'Fn::Split': ['/', 'a/b/c'] }] })).toBe('b');
    expect(assembly.resolve({ kept: 1, dropped: { Ref: 'AWS::NoValue' } })).toEqual({ kept: 1 });
  });
});
