import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from './fixture/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'partway-before-'));
const here = (name: string) => join(folder, name);
const socket = createServer();
beforeAll(async () => {
  writeFileSync(here('file'), 'bytes');
  mkdirSync(here('directory'));
  symlinkSync('loop', here('loop'));
  execFileSync('mkfifo', [here('pipe')]);
  await new Promise<void>((resolve) => socket.listen(here('socket'), resolve));
});
afterAll(() => {
  socket.close();
  rmSync(folder, { recursive: true });
});

describe('If no stack is running, the CLI starts none for', () => {
  it.each([
    ['a missing file', ['copy', here('nothing'), 'b:data/x'], 'SourceMissing: There is no file'],
    ['a directory', ['copy', here('directory'), 'b:data/x'], 'is a directory'],
    ['a socket', ['copy', here('socket'), 'b:data/x'], 'is a socket'],
    ['a device', ['copy', '/dev/zero', 'b:data/x'], 'is a device'],
    ['a link to itself', ['copy', here('loop'), 'b:data/x'], 'cannot be opened: ELOOP'],
    ['a URL of another computer', ['copy', 'file://nas/x', 'b:data/x'], 'is no file on this computer'],
    ['a plan of a pipe', ['plan', here('pipe'), 'b:data/x'], 'A stream cannot be planned'],
    ['a malformed target', ['copy', here('file'), 'backups'], '"backups" is not a target'],
    ['a size that is no number', ['copy', here('file'), 'b:data/x', '--part-size', '3X'], '--part-size is "3X"'],
    ['a size of zero', ['copy', here('file'), 'b:data/x', '--part-size', '0'], '--part-size is 0 bytes'],
    ['an unknown option', ['copy', here('file'), 'b:data/x', '--bogus'], "Unknown option '--bogus'"],
    ['a pipe to a target without a key', ['copy', here('pipe'), 'b:data/'], 'write the whole target key'],
    ['an unknown endpoint', ['copy', here('file'), 'us4:data/x'], 'There is no endpoint "us4"'],
    ['a stream to an unknown endpoint', ['copy', here('pipe'), 'us4:data/x'], 'There is no endpoint "us4"'],
    ['a copy from an unknown endpoint', ['copy', 'us4:data/x', 'b:data/x'], 'There is no endpoint "us4"'],
    ['a plan with an unknown endpoint', ['plan', 'a:data/x', 'us4:data/x'], 'There is no endpoint "us4"'],
    [
      'a copy that should continue without the CLI',
      ['copy', 'a:data/x', 'b:data/x', '--detach'],
      'Start `partway serve` first',
    ],
  ])('%s', async (_what, words, said) => {
    const home = here('home');
    const { code, stderr } = await runCli(words, { home });
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
    expect(stderr).not.toContain('Starting');
    expect(existsSync(home)).toBe(false);
  });

  it('settings that cannot work, and names the endpoints if the settings can work', async () => {
    const home = here('settled');
    const path = join(home, 'settings.json');
    const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
    const ceph = { provider: 'ceph', url: 'https://s3.example.org', region: 'us-east-1', ...keys, allow: ['data'] };
    mkdirSync(home);
    for (const [endpoints, said] of [
      [{ ceph }, `There is no endpoint "ceh" in ${path}. The stack has a, b, ceph.`],
      [{ ceph: { ...ceph, provider: 'cephh' } }, `${path} cannot be accepted. Line 4: \`endpoints.ceph.provider\` is`],
    ] as const) {
      writeFileSync(path, JSON.stringify({ endpoints }, null, 2));
      const { code, stderr } = await runCli(['copy', here('file'), 'ceh:data/x'], { home });
      expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
      expect(readdirSync(home)).toEqual(['settings.json']);
    }
  });
});

describe('Settings in the configuration of the user', () => {
  it.each([
    ['no JSON', '{\n  "endpoints": {,}\n}', 'cannot be read: it is no JSON from line 2 on'],
    ['no settings', '{\n  "endpoint": {}\n}', 'cannot be accepted. Line 2: `endpoint` is not a field'],
  ])('are refused with file and line if they are %s', async (_what, text, said) => {
    const config = here('config');
    mkdirSync(join(config, 'partway'), { recursive: true });
    writeFileSync(join(config, 'partway', 'settings.json'), text);
    const run = { home: here('home'), env: { XDG_CONFIG_HOME: config } };
    const { code, stderr } = await runCli(['copy', here('file'), 'ceph:data/x'], run);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining(`SettingsInvalid: ${config}/partway/settings.json ${said}`),
    ]);
    expect(existsSync(here('home'))).toBe(false);
  });
});

describe('Standard input that is a directory', () => {
  it('is refused, because an empty object would arrive', async () => {
    const script = here('script.mjs');
    // A shell opens the directory as standard input.
    const bin = new URL('../../tools/cli/partway.mjs', import.meta.url).pathname;
    writeFileSync(
      script,
      `import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
const stdio = [openSync(${JSON.stringify(here('directory'))}, 'r'), 'inherit', 'inherit'];
process.exitCode = spawnSync(process.execPath, [${JSON.stringify(bin)}, ...process.argv.slice(2)], { stdio }).status;`,
    );
    const home = here('home');
    const { code, stderr } = await runCli(['copy', '-', 'b:data/x'], { home, script });
    expect([code, stderr]).toEqual([2, expect.stringContaining('Standard input is a directory')]);
    expect(existsSync(home)).toBe(false);
  });
});
