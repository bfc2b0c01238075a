import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { finished, startStackProcess } from './stack-process.ts';

const home = mkdtempSync(join(tmpdir(), 'partway-e2e-settings-'));

const keys = { accessKeyId: 'x', secretAccessKey: 'very-secret' };
const own = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1', ...keys, allow: ['data'] };

function write(settings: unknown): void {
  writeFileSync(
    join(home, 'settings.json'),
    typeof settings === 'string' ? settings : JSON.stringify(settings, null, 2),
  );
}

describe('A stack with a settings.json that cannot work', () => {
  it.each([
    [
      'two endpoints that could not',
      { one: { ...own, provider: 'cephh' }, two: { ...own, region: '' } },
      /one.provider.*two.region/,
    ],
  ])('does not start: with %s', async (_what, endpoints, message) => {
    write({ endpoints });
    const said = await new Promise<{ code: unknown; stderr: string }>((resolve) => {
      execFile(process.execPath, ['tools/local/main.ts', home], (error, _stdout, stderr) =>
        resolve({ code: error?.code, stderr }),
      );
    });
    expect(said).toEqual({ code: 2, stderr: expect.stringMatching(/^SettingsInvalid: [^\n]*\nWhat to do: [^\n]*\n$/) });
    expect(said.stderr).toMatch(message);
    expect(said.stderr).not.toContain('very-secret');
  });
});

describe('A settings.json that is broken while the stack runs', () => {
  it('is told by its line, and what it has stopped goes on by resume when it is repaired', async () => {
    rmSync(join(home, 'settings.json'));
    const before = await startStackProcess(home); // it chooses its ports and keys
    const url = before.storeUrl('b');
    await before.store('a').send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body: 'x' }));
    const { accessKeyId, secretAccessKey } = await before.store('b').config.credentials();
    await before.stop();
    const endpoints = { own: { ...own, provider: 'aws', url, accessKeyId, secretAccessKey } };
    const stack = await startStackProcess(home, { endpoints });
    try {
      write(JSON.stringify({ endpoints }, null, 2).replace('"region": "us-east-1",', '"region": "us-east-1"'));
      const request = {
        source: { endpoint: 'a', bucket: 'data', key: 'x' },
        target: { endpoint: 'own', bucket: 'data', key: 'y' },
      };
      const { transferId } = await stack.api.start(request);
      const { failure } = await finished(stack, transferId);
      expect(failure?.message).toMatch(/settings\.json cannot be read: it is no JSON from line 7 on/);
      expect(failure).toMatchObject({ name: 'Refused', next: expect.stringContaining('resume the transfer') });
      write({ endpoints: {} });
      await expect(stack.api.plan(request)).rejects.toMatchObject({
        message: expect.stringContaining('has no endpoint "own" any more'),
      });
      write({ endpoints });
      await stack.api.resume(transferId);
      await expect.poll(async () => (await stack.api.describe(transferId)).state).toBe('copied');
    } finally {
      await stack.stop();
    }
  });
});
