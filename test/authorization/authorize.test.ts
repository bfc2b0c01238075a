import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { authorizing, type Guard, guardOf } from './authorize.ts';
import { deniedBelow } from './denied.ts';
import type { Statement } from './evaluate.ts';
import { unexplained } from './needless.ts';
import type { Rights } from './rights.ts';

const allowing = (...actions: string[]): Statement => ({
  effect: 'Allow',
  actions,
  resources: ['*'],
  conditions: {},
});
function guard(...statements: Statement[]): Guard & { readonly denied: string[] } {
  const rights: Rights = { statements: new Map([['role', statements]]), functions: [], principalsOf: () => ['role'] };
  const denied: string[] = [];
  return { denied, rights: () => rights, onDenied: (what) => denied.push(what) };
}
const call = (service: string, operation: string, input: object) => ({
  caller: 'Plan',
  service,
  operation,
  input: { query: {}, headers: {}, ...input },
});
const describing = call('states', 'DescribeExecution', { executionArn: 'arn:aws:states:x:1:execution:m:n' });
const head = call('s3', 'HeadObject', { Bucket: 'b', Key: 'k' });
const serve = async () => ({ status: 200, headers: { 'x-amz-tagging-count': '2', etag: '"x"' } });

describe('A guarded stack', () => {
  it('does not execute a call that the role may not make, and records who wanted what', async () => {
    const closed = guard(allowing('states:StartExecution'));
    let isServed = false;
    const refused = authorizing(closed)(describing, async () => (isServed = true));
    await expect(refused).rejects.toMatchObject({ name: 'AccessDeniedException', status: 400 });
    await expect(authorizing(closed)(head, serve)).rejects.toMatchObject({ name: 'AccessDenied', status: 403 });
    expect(isServed).toBe(false);
    expect(closed.denied).toEqual([
      expect.stringContaining(
        'role is not authorized to perform: states:DescribeExecution on resource: arn:aws:states',
      ),
      expect.stringContaining('role is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/k'),
    ]);
  });

  it('refuses a call whose needs are not listed', async () => {
    const open = guard(allowing('*'));
    const refused = authorizing(open)(call('s3', 'DeleteObject', {}), serve);
    await expect(refused).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(open.denied).toEqual([expect.stringContaining('Plan calls s3:DeleteObject')]);
  });

  it('refuses a call that it cannot judge: one with an unknown condition, and one without a principal', async () => {
    const conditions = { IpAddress: { 'aws:SourceIp': ['10.0.0.0/8'] } };
    const odd = guard({ ...allowing('*'), conditions });
    await expect(authorizing(odd)(head, serve)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(odd.denied).toEqual([expect.stringContaining('operator IpAddress')]);
    const open = guard(allowing('*'));
    const nobody = { ...open, rights: () => ({ ...open.rights(), principalsOf: () => [] }) };
    await expect(authorizing(nobody)(head, serve)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('tells the number of tags only to a caller who may read them', async () => {
    const reply = await serve();
    expect(await authorizing(guard(allowing('s3:GetObject', 's3:GetObjectTagging')))(head, serve)).toEqual(reply);
    const less = guard(allowing('s3:GetObject'));
    expect(await authorizing(less)(head, serve)).toEqual({ status: 200, headers: { etag: '"x"' } });
    expect(less.denied).toEqual([]);
  });

  it('tells that a key is missing only to a caller who may list the bucket', async () => {
    const missing = Object.assign(new Error('The specified key does not exist.'), { code: 'NoSuchKey' });
    const gone = async () => Promise.reject(missing);
    await expect(authorizing(guard(allowing('s3:GetObject', 's3:ListBucket')))(head, gone)).rejects.toBe(missing);
    const less = guard(allowing('s3:GetObject'));
    await expect(authorizing(less)(head, gone)).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(less.denied).toEqual([expect.stringContaining('s3:ListBucket on resource: arn:aws:s3:::b ')]);
  });

  it('writes denied calls into its folder, where the test run finds them and fails', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'partway-denied-'));
    const home = join(folder, 'home');
    mkdirSync(home);
    expect(deniedBelow(folder)).toEqual([]);
    const { onDenied } = await guardOf(home);
    for (const what of ['one', 'two']) onDenied(what);
    expect(deniedBelow(folder)).toEqual(['home/denied.log: one', 'home/denied.log: two']);
    rmSync(folder, { recursive: true });
  });
});

it('A right that no call needs must have an explanation, and an explanation must have such a right', () => {
  const rows = [[/^plan: xray:/, 'Lambda sends traces.'] as const, [/^plan: logs:/, 'Lambda writes logs.'] as const];
  expect(unexplained(['plan: xray:Put', 'plan: s3:PutObject'], rows)).toEqual({
    rights: ['plan: s3:PutObject'],
    rows: ['^plan: logs:'],
  });
});
