/**
 * `npm run bench:start` also measures how long commands take from their start to their end, beside Node and rclone: the
 * version, and a list of a stack that runs. The commands are those of the package. Each is run in turn with the others,
 * after a round that does not count.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { runningStack } from '../../tools/client/node/local-api.ts';
import { medianOf, rangeOf } from './numbers.ts';

const ROUNDS = 15;
const LOOK_EVERY_MS = 50;
const partway = ['tools/cli/partway.mjs', 'dist/programs/partway.mjs'] as const;

execFileSync(process.execPath, ['tools/build.ts', 'package']);
const home = mkdtempSync(join(tmpdir(), 'partway-bench-commands-'));
const stack = spawn(process.execPath, [partway[1], 'serve', '--home', home], { stdio: 'ignore' });
while (runningStack(home) === undefined) await after(LOOK_EVERY_MS);

const node = process.execPath;
const commands = [
  { name: 'node -e 0', words: [node, '-e', '0'] },
  { name: 'partway --version', words: [node, partway[0], '--version'] },
  { name: 'partway list', words: [node, partway[1], 'list', '--home', home] },
  ...(hasRclone() ? [{ name: 'rclone version', words: ['rclone', 'version'] }] : []),
].map((command) => ({ ...command, times: [] as number[] }));

for (let round = 0; round <= ROUNDS; round += 1)
  for (const { words, times } of commands) {
    const ms = millisecondsOf(words);
    if (round > 0) times.push(ms);
  }
const ended = once(stack, 'exit');
stack.kill('SIGINT');
await ended;
rmSync(home, { recursive: true, force: true });

const [bare = Number.NaN] = commands.map(({ times }) => medianOf(times));
console.log('| command | ms, median (range) | of `node -e 0` |\n|---|---|---|');
for (const { name, times } of commands)
  console.log(`| \`${name}\` | ${rangeOf(times)} | ${(medianOf(times) / bare).toFixed(2)} |`);

function millisecondsOf([command = '', ...words]: readonly string[]): number {
  const beganMs = performance.now();
  const { status, stderr } = spawnSync(command, words, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - beganMs;
}

function hasRclone(): boolean {
  return spawnSync('rclone', ['version'], { stdio: 'ignore' }).status === 0;
}
