import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { sha256At } from '../e2e/objects.ts';
import { type StackProcess, startStackProcess, until } from '../e2e/stack-process.ts';
import { installedExamples } from './installed.ts';

describe('examples/node-upload', () => {
  const content = randomBytes(64 * MiB + 17);
  let folder: string;
  let stack: StackProcess;
  beforeAll(async () => {
    folder = await installedExamples();
    stack = await startStackProcess(join(folder, 'home'));
    writeFileSync(join(folder, 'disk.img'), content);
  });
  afterAll(() => stack?.stop());

  function upload(target: string): { child: ChildProcess; ended: Promise<{ code: number; said: string }> } {
    const program = join(folder, 'node-upload/upload.mjs');
    const env = { ...process.env, PARTWAY_HOME: stack.home };
    const child = spawn(process.execPath, [program, join(folder, 'disk.img'), target], { env, cwd: folder });
    let said = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    child.stderr.on('data', (chunk) => (said += chunk));
    return { child, ended: once(child, 'close').then(([code]) => ({ code, said })) };
  }

  it('stops on Ctrl-C, and the same command continues', async () => {
    const first = upload('b:data/disk.img');
    let heard = '';
    first.child.stdout?.on('data', (chunk) => (heard += chunk));
    await until(async () => heard.includes(' bytes after '));
    first.child.kill('SIGINT');
    expect(await first.ended).toMatchObject({ code: 130, said: expect.stringContaining('The same command goes on.') });
    const [begun] = (await stack.api.list({ limit: 1 })).transfers;
    const second = await upload('b:data/disk.img').ended;
    expect(second).toMatchObject({ code: 0, said: expect.stringContaining(`Transfer ${begun?.transferId} to b:data`) });
    expect(second.said).toMatch(/\ncopied CRC32 [0-9a-f]{8}\. Proven: /);
    expect(await sha256At(stack.store('b'), 'data', 'disk.img')).toBe(
      createHash('sha256').update(content).digest('hex'),
    );
  });

  it('says what is wrong, and what to do', async () => {
    expect(await upload('none:data/x').ended).toMatchObject({
      code: 1,
      said: expect.stringMatching(/^InvalidRequest: There is no endpoint "none".*\nWhat to do: /),
    });
  });
});
