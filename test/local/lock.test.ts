import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { lockFolder } from '../../tools/local/home/lock.ts';

const folder = () => mkdtempSync(join(tmpdir(), 'partway-lock-'));

describe('the lock of a state folder', () => {
  it('is refused to a second owner, with the pid and what to do', () => {
    const directory = folder();
    const release = lockFolder(directory);
    const refused = expect.objectContaining({
      name: 'FolderInUse',
      message: expect.stringMatching(`${directory} .*process ${process.pid} .kill ${process.pid} stops it`),
    });
    expect(() => lockFolder(directory)).toThrow(refused);
    release();
    lockFolder(directory)();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is refused while another process holds it, and taken over when that one was killed', async () => {
    const directory = folder();
    const source = `import { lockFolder } from ${JSON.stringify(new URL('../../tools/local/home/lock.ts', import.meta.url).href)};
      lockFolder(${JSON.stringify(directory)}); console.log('locked'); process.stdin.resume();`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', source], {
      stdio: ['pipe', 'pipe', 'inherit'], // it ends when stdin does
    });
    await once(child.stdout, 'data');
    expect(() => lockFolder(directory)).toThrow(`process ${child.pid}`);
    child.kill('SIGKILL');
    await once(child, 'exit');
    lockFolder(directory)();
  });

  it.runIf(process.platform === 'linux')('is taken over when its pid belongs to another process by now', () => {
    const directory = folder();
    writeFileSync(join(directory, 'lock'), JSON.stringify({ pid: process.pid, startTime: '1' }));
    lockFolder(directory)();
  });

  it('is taken over from a pid that is gone', () => {
    const directory = folder();
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(join(directory, 'lock'), JSON.stringify({ pid, startTime: '' }));
    lockFolder(directory)();
  });
});
