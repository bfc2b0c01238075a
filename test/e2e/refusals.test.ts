import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { finished, type StackProcess, startStackProcess } from './stack-process.ts';

let stack: StackProcess;

beforeAll(async () => {
  stack = await startStackProcess(mkdtempSync(join(tmpdir(), 'partway-e2e-refusals-')));
  await stack.store('a').send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body: Buffer.alloc(6 * MiB) }));
});
afterAll(() => stack.stop());

type Ended = { code: number; stdout: string; stderr: string };

function partway(...words: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['tools/cli/partway.mjs', '--home', stack.home, ...words], (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/** A call as any program could make it, with the body as it is given. */
async function post(
  body: string,
  more: Readonly<Record<string, string>> = {},
): Promise<{
  status: number;
  answer: { error?: { name: string; message: string; next: string }; transferId?: string; message?: string };
}> {
  const api = localApi(stack.home);
  const url = new URL('/transfers', api.url());
  const asked = { 'content-type': 'application/json', ...more };
  const headers = await api.auth({ method: 'POST', url, headers: asked, body });
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, answer: JSON.parse(await response.text()) };
}

const source = { endpoint: 'a', bucket: 'data', key: 'x' };
const target = { endpoint: 'b', bucket: 'data', key: 'y' };

describe('The API', () => {
  it.each([
    ['a body that is not JSON', 'source=a', 'InvalidRequest', /not JSON/],
    ['no body', '', 'InvalidRequest', /not JSON/],
    [
      '300 KiB',
      JSON.stringify({ source, target, contentType: 'x'.repeat(300 * 1024) }),
      'InvalidRequest',
      /at most 131072/,
    ],
    ['an unknown field', JSON.stringify({ source, target, partSize: 1 }), 'InvalidRequest', /partSize/],
    [
      'an unknown endpoint',
      JSON.stringify({ source, target: { ...target, endpoint: 'nowhere' } }),
      'InvalidRequest',
      /"nowhere" in this stack\. `partway endpoints` lists/,
    ],
    [
      'a bucket that the endpoint may not touch',
      JSON.stringify({ source, target: { ...target, bucket: 'other' } }),
      'NotAllowed',
      /may not write other.*may write: data, arrived/,
    ],
    ['target = source', JSON.stringify({ source, target: source }), 'InvalidRequest', /same object/],
    [
      'a key that no store takes',
      JSON.stringify({ source, target: { ...target, key: 'a\0b' } }),
      'InvalidRequest',
      /NUL/,
    ],
  ])('refuses %s by name, and says what to do', async (_what, body, name, message) => {
    const { status, answer } = await post(body);
    expect(status).toBe(name === 'NotAllowed' ? 403 : 400);
    expect(answer.error).toMatchObject({
      name,
      message: expect.stringMatching(message),
      next: expect.stringMatching(/\w+/),
    });
  });

  it('refuses a blank Idempotency-Key, which all who send one would share', async () => {
    const { status, answer } = await post(JSON.stringify({ source, target }), { 'idempotency-key': ' ' });
    expect(status).toBe(400);
    expect(answer.error).toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining('Idempotency-Key') });
  });

  it.each([
    ['a source that is not there', { source: { ...source, key: 'gone' }, target }, 'SourceMissing'],
    ['parts that are too small', { source, target, partBytes: MiB, multipartThresholdBytes: 0 }, 'InvalidRequest'],
  ])('finds %s before a byte moves', async (_what, request, name) => {
    const { answer } = await post(JSON.stringify(request));
    const view = await finished(stack, answer.transferId!);
    expect(view).toMatchObject({ state: 'failed', failure: { name }, progress: { bytesSent: 0 } });
  });

  it('lets nobody in without a signature', async () => {
    const { apiUrl } = JSON.parse(readFileSync(join(stack.home, 'stack.json'), 'utf8'));
    expect((await fetch(`${apiUrl}/transfers`)).status).toBe(403);
  });
});

describe('The CLI', () => {
  it.each([
    ['an unknown endpoint', ['a:data/x', 'nowhere:data/y'], /InvalidRequest: There is no endpoint "nowhere"/],
    ['target = source', ['a:data/x', 'a:data/x'], /InvalidRequest: .*same object/],
    [
      'a part size too small',
      ['a:data/x', 'b:data/y', '--part-size', '1MiB', '--multipart-threshold', '0'],
      /InvalidRequest: --part-size is 1 MiB; .*at least 5 MiB/,
    ],
    ['a bucket that is not there', ['a:nothing/x', 'b:data/y'], /NotAllowed: .*may read: data, incoming/],
    ['a source that is not there', ['a:data/gone', 'b:data/y'], /SourceMissing: There is no object a:data\/gone/],
    ['a file that is not there', ['./nothing', 'b:data/y'], /SourceMissing: There is no file \.\/nothing/],
    ['no target', ['a:data/x'], /InvalidRequest: Missing required argument 'target'/],
  ])('refuses %s by name with exit code 2, and says what to do', async (_what, words, message) => {
    const { code, stderr } = await partway('copy', ...words);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it('copies, shows, lists and prints JSON that a program can read', async () => {
    const key = `odd ü+%20 "key" & more`;
    const copied = await partway(
      '--json',
      'copy',
      'a:data/x',
      `b:data/${key}`,
      '--part-size',
      '5MiB',
      '--multipart-threshold',
      '0',
    );
    expect(copied.code).toBe(0);
    const view = JSON.parse(copied.stdout.trim().split('\n').at(-1)!);
    expect(view).toMatchObject({
      event: 'ended',
      state: 'copied',
      target: `b:data/${key}`,
      receipt: { bytes: 6 * MiB, parts: 2 },
    });
    expect(JSON.parse((await partway('--json', 'status', view.transferId)).stdout)).toMatchObject({ state: 'copied' });
    expect(JSON.parse((await partway('--json', 'parts', view.transferId)).stdout).parts).toHaveLength(2);
    expect((await partway('list')).stdout).toContain(view.transferId);
    expect((await partway('endpoints')).stdout).toMatch(/a .*aws/);
    // The first sweep comes a minute after the start.
    const report = await partway('sweep', '--report');
    expect(report.stdout + report.stderr).toMatch(/looked at +\d|No sweep has begun yet/);
  });

  it('plans with reasons, checks an endpoint, and lists and aborts uploads by their ids', async () => {
    const plan = await partway('plan', 'a:data/x', 'b:data/y', '--multipart-threshold', '0');
    expect(plan.stdout).toMatch(/from 64 MiB on, requests are a small part of the cost/);
    expect((await partway('plan', 'a:data/gone', 'b:data/y')).stderr).toMatch(/SourceMissing/);
    await stack.store('b').send(new PutObjectCommand({ Bucket: 'data', Key: 'there', Body: 'twelve bytes' }));
    const there = ['plan', 'a:data/x', 'b:data/there'];
    expect((await partway(...there)).stdout).toMatch(/target +an object of 12 B.* will be replaced/);
    expect(JSON.parse((await partway('--json', ...there)).stdout).atTarget).toMatchObject({ bytes: 12 });
    const never = await partway(...there, '--overwrite', 'never');
    expect([never.code, never.stderr]).toEqual([2, expect.stringMatching(/TargetExists: b:data\/there/)]);
    const adopting = await partway('plan', 'a:data/x', 'b:data/y', '--adopt', 'nobody', '--part-size', '5MiB');
    expect([adopting.code, adopting.stderr]).toEqual([2, expect.stringMatching(/has no upload nobody/)]);
    const check = await partway('endpoints', 'check', 'b');
    expect([check.code, check.stdout]).toEqual([0, expect.stringMatching(/ok +data +CreateMultipartUpload/)]);
    expect((await partway('endpoints', 'check', 'nowhere')).stderr).toMatch(/NotFound/);
    const { UploadId } = await stack
      .store('b')
      .send(new CreateMultipartUploadCommand({ Bucket: 'data', Key: 'left/behind' }));
    expect((await partway('uploads', 'b:data/left/')).stdout).toContain(UploadId);
    expect((await partway('uploads', 'b:other')).stderr).toMatch(/NotAllowed/);
    expect((await partway('uploads', 'b:data/left/behind', '--abort', UploadId!)).code).toBe(0);
    expect((await partway('uploads', 'b:data/left/')).stdout).toContain('No upload');
  });

  it('says in its own words what a transfer was refused for in the middle, and what its state forbids', async () => {
    const copy = await partway(
      'copy',
      'a:data/x',
      'b:data/small-parts',
      '--part-size',
      '1MiB',
      '--multipart-threshold',
      '0',
    );
    expect(copy.stderr).toMatch(
      /InvalidRequest: --part-size is 1 MiB; this target takes parts of at least 5 MiB\.\nWhat to do/,
    );
    const [{ transferId: failed }] = JSON.parse((await partway('list', '--limit', '1', '--json')).stdout).transfers;
    expect(await partway('abort', failed)).toMatchObject({ code: 0, stdout: expect.stringContaining('is aborted') });
    expect(await partway('abort', failed)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('was aborted already'),
    });
    expect(await partway('resume', failed)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Ended: .*was aborted/),
    });
    const { stdout } = await partway('copy', 'a:data/x', 'b:data/same', '--json');
    const { transferId } = JSON.parse(stdout.trim().split('\n').at(-1)!);
    expect(await partway('pause', transferId)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Ended: .*is copied: the object is at b:data\/same, so it cannot be paused/),
    });
    expect(await partway('copy', 'a:data/x', 'b:data/same')).toMatchObject({
      stdout: expect.stringMatching(/^b:data\/same was there already; nothing was copied: it has .*\.\n$/),
    });
    expect((await partway('list', '--limit', '1')).stdout).toMatch(/copied +was there +6 MiB/);
    expect((await partway('parts', transferId, '--limit', '0')).stderr).toMatch(/--limit is "0"; .* from 1 to 1,000/);
  });

  it('says NoStack, and what to do, where no stack runs', async () => {
    const { code, stderr } = await partway('--home', mkdtempSync(join(tmpdir(), 'partway-empty-')), 'list');
    expect([code, stderr]).toEqual([3, expect.stringMatching(/NoStack: .*npm run local/s)]);
  });
});
