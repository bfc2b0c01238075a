import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionCalls } from '../../infra/function-calls.ts';
import { Partway } from '../../infra/partway.ts';
import { rolesOf, type Statement } from './roles.ts';

const stack = new Stack(new App(), 'Partway');
const secret = (name: string) => Secret.fromSecretNameV2(stack, name, `partway/${name}`);
const aws = { provider: 'aws', region: 'eu-central-1' };
const ceph = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1' };
const key = (id: string) => [`arn:aws:kms:eu-central-1:123456789012:key/${id}`];
const theirRole = 'arn:aws:iam::210987654321:role/partway';
new Partway(stack, 'Partway', {
  endpoints: [
    { ...aws, name: 'in', allow: { read: ['incoming'] }, kmsKeyArns: key('of-incoming') },
    { ...aws, name: 'out', allow: { write: ['archive/2026/'] }, kmsKeyArns: key('of-archive') },
    { ...aws, name: 'public', allow: { write: ['website'] }, cannedAcls: ['public-read'] },
    { ...aws, name: 'both', allow: ['work'] },
    { ...aws, name: 'theirs', allow: { read: ['theirs'] }, role: { arn: theirRole }, kmsKeyArns: key('of-theirs') },
    { ...ceph, name: 'from', allow: { read: ['films'] }, secret: secret('from') },
    { ...ceph, name: 'to', allow: { write: ['backups'] }, secret: secret('to'), kmsKeyArns: key('of-secret') },
  ],
});
const roleOf = rolesOf(Template.fromStack(stack));
const names = Object.keys(functionCalls) as FunctionName[];

/** Who may do an action, and with which resources. */
function granted(action: string): Record<string, string[]> {
  const rows = names.map((name) => {
    const resources = roleOf(name).statements.filter(({ Action }) => Action.includes(action));
    return [name, resources.flatMap(({ Resource }) => Resource.map((arn) => arn.replace(/^.*:(s3:::|secret:)/, '')))];
  });
  return Object.fromEntries(rows.filter(([, resources]) => resources!.length > 0));
}

it('A character of a prefix that has a special meaning in IAM gives no rights to other keys', () => {
  const own = new Stack(new App(), 'Own');
  const allow = ['odd/a*b/$x?/', `odd/${'$'}{aws:username}/`];
  const literally = (letter: string) => `\${${letter}}`;
  new Partway(own, 'Partway', { endpoints: [{ ...aws, name: 'odd', allow }] });
  const resources = rolesOf(Template.fromStack(own))('copy-batch').statements.flatMap(({ Resource }) => Resource);
  expect(resources.filter((arn) => arn.includes(':::odd/'))).toEqual([
    `arn:aws-us-gov:s3:::odd/a${literally('*')}b/${literally('$')}x${literally('?')}/*`,
    `arn:aws-us-gov:s3:::odd/${literally('$')}{aws:username}/*`,
  ]);
});

describe("A function's rights", () => {
  it('are those in the golden file', async () => {
    const text = names.map((name) => `${name}\n${statementsText(name)}\n`).join('\n');
    await expect(text).toMatchFileSnapshot('rights.golden.txt');
  });

  it('to write exist only at places where the endpoint may write, and only for functions that write', () => {
    const places = ['archive/2026/*', 'website/*', 'work/*'];
    const writers = ['initiate', 'copy-whole', 'copy-batch', 'complete', 'stores', 'push'];
    const found = granted('s3:PutObject');
    expect(Object.keys(found)).toEqual(writers);
    for (const resources of Object.values(found)) expect(resources.toSorted()).toEqual(places);
  });

  it('to read the credentials of a store exist only for functions that call it', () => {
    const found = granted('secretsmanager:GetSecretValue');
    const readers = ['initiate', 'plan', 'copy-whole', 'copy-batch', 'read-back', 'stores'];
    const of = (name: string) => Object.keys(found).filter((each) => found[each]?.includes(`partway/${name}-??????`));
    expect(of('from')).toEqual(readers);
    expect(of('to').toSorted()).toEqual([...readers, 'complete', 'abort', 'sweep', 'push'].toSorted());
  });

  it('to assume a role exist for that role, and only for functions that read there; the role has all other rights', () => {
    const readers = ['initiate', 'plan', 'copy-whole', 'copy-batch', 'read-back', 'stores'];
    expect(granted('sts:AssumeRole')).toEqual(Object.fromEntries(readers.map((name) => [name, [theirRole]])));
    const others = names.flatMap((name) => roleOf(name).statements.flatMap(({ Resource }) => Resource));
    expect(others.filter((arn) => /:::theirs|of-theirs/.test(arn))).toEqual([]);
  });

  it('to set ACLs exist only at endpoints that allow them, and only for functions that begin objects', () => {
    const website = ['website/*'];
    expect(granted('s3:PutObjectAcl')).toEqual({ initiate: website, 'copy-whole': website, push: website });
  });

  it('to read versions at a target exist only for functions that read back', () => {
    const found = granted('s3:GetObjectVersion');
    const written = Object.keys(found).filter((name) => found[name]?.includes('archive/2026/*'));
    expect(written).toEqual(['read-back']);
  });

  it('to list uploads exist only for the sweep, and for the function that people ask', () => {
    expect(Object.keys(granted('s3:ListBucketMultipartUploads'))).toEqual(['sweep', 'stores']);
  });

  it('to write reports belong to the sweep, to read them to the API, and to read the list to both', () => {
    const onRows = (name: FunctionName, leadingKeys: string) =>
      roleOf(name)
        .statements.filter(({ Condition }) => JSON.stringify(Condition ?? '').includes(`"${leadingKeys}"`))
        .flatMap(({ Action }) => Action.map((action) => action.replace('dynamodb:', '')));
    const reporting = names.map((name) => [name, onRows(name, 'S#*')] as const).filter(([, calls]) => calls.length > 0);
    expect(reporting).toEqual([
      ['sweep', ['PutItem', 'Query']],
      ['api', ['GetItem', 'Query']],
    ]);
    const readers = (test: (name: FunctionName) => boolean) => names.filter(test);
    expect(readers((name) => onRows(name, 'T#*').includes('BatchGetItem'))).toEqual(['sweep', 'api']);
    const isOfIndex = ({ Resource }: Statement) => Resource.some((arn) => arn.endsWith('/index/newest'));
    expect(readers((name) => roleOf(name).statements.some(isOfIndex))).toEqual(['sweep', 'api']);
  });

  it('never include deleting objects or changing buckets', () => {
    const all = names.flatMap((name) => [...roleOf(name).actions].filter((action) => action.startsWith('s3:')));
    expect(all.filter((action) => /Delete|PutBucket|\*/.test(action))).toEqual([]);
  });
});

function statementsText(name: FunctionName): string {
  const lines = roleOf(name).statements.map(({ Action, Resource, Condition }) => {
    const when = Condition === undefined ? '' : `  when ${JSON.stringify(Condition)}`;
    return `  ${Action.join(' ')}\n${Resource.map((arn) => `    on ${shown(arn)}`).join('\n')}${when}`;
  });
  return lines.toSorted().join('\n');
}

/** Leaves out the account, the region and the hashes of logical ids, which tell a reader nothing. */
function shown(arn: string): string {
  return arn
    .replace(/^arn:[a-z-]+:([a-z0-9]+):[a-z0-9-]*:\d*:/, '$1 ')
    .replace(/Partway-|-ABCDEFGHIJKLM|-AbCdEfGhIjKl|(?<=[a-zA-Z])[0-9A-F]{8}(?=\W|$)/g, '');
}
