import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isLeased, isOnDemand, markOnDemand, takeLease } from '../../tools/leases/leases.ts';
import { thisProcess } from '../../tools/leases/processes.ts';
import { startStack } from '../../tools/local/stack.ts';

/** A state folder with a file of a command or a stack. */
function folderWith(file: string, content: string): string {
  const home = mkdtempSync(join(tmpdir(), 'partway-leases-'));
  mkdirSync(join(home, 'leases'));
  writeFileSync(join(home, file), content);
  return home;
}
const lease = `leases/${process.pid}`;
const marked = 'leases/stack';
const gone = [
  ['has ended, and another one has its pid by now', { startTime: '1' }],
  ['ran in another container', { space: 'pid:[1]' }],
] as const;

describe('A stack', () => {
  it('is needed until each command has given its lease back', () => {
    const home = mkdtempSync(join(tmpdir(), 'partway-leases-'));
    const giveBack = takeLease(home);
    expect(isLeased(home)).toBe(true);
    giveBack();
    expect(isLeased(home)).toBe(false);
  });

  it.each(gone)('is not needed by a command that %s, and the lease is removed', (_, changes) => {
    const home = folderWith(lease, JSON.stringify({ ...thisProcess(), ...changes }));
    expect(isLeased(home)).toBe(false);
    expect(readdirSync(join(home, 'leases'))).toEqual([]);
  });

  it('is needed by a command of an earlier version, whose lease is empty', () => {
    expect(isLeased(folderWith(lease, ''))).toBe(true);
  });

  it('ends by itself if a command has started it', () => {
    const home = mkdtempSync(join(tmpdir(), 'partway-leases-'));
    markOnDemand(home);
    expect(isOnDemand(home, process.pid)).toBe(true);
    expect(isOnDemand(home, process.pid + 1)).toBe(false);
  });

  it.each(gone)('does not end by itself if the one that did so %s', (_, changes) => {
    const home = folderWith(marked, JSON.stringify({ ...thisProcess(), ...changes }));
    expect(isOnDemand(home, process.pid)).toBe(false);
  });

  it('removes the address of a stack that was killed, before it starts anything', async () => {
    const home = folderWith('stack.json', JSON.stringify({ ...thisProcess(), apiUrl: 'http://127.0.0.1:1' }));
    writeFileSync(join(home, 'settings.json'), '{ "endpoints": 7 }');
    await expect(startStack({ home })).rejects.toMatchObject({ name: 'SettingsInvalid' });
    expect(existsSync(join(home, 'stack.json'))).toBe(false);
  });
});
