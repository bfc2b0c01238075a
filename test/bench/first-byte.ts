/**
 * `npm run bench:start` also measures how long a push takes until its first bytes move, when nothing runs: from the start of
 * the command, which starts the stack, to the first progress that shows bytes. It prints when the steps before were done.
 * The command is the one that the package has. Between two rounds the stack ends by itself. A busy computer only makes it
 * slower, so compare the shortest.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { runningStack } from '../../tools/client/node/local-api.ts';
import { rangeOf } from './numbers.ts';

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
const FILE_BYTES = 16 * MiB;
const LOOK_EVERY_MS = 100;
const folder = mkdtempSync(join(tmpdir(), 'partway-bench-first-byte-'));
const [home, file] = [join(folder, 'home'), join(folder, 'disk.img')];

/** Milliseconds since the start of the command. */
const steps = [
  'the command is loaded',
  'the stack is up',
  'the transfer is accepted',
  'first bytes',
  'the command has ended',
] as const;
type Steps = Record<(typeof steps)[number], number>;

async function push(round: number): Promise<Steps> {
  const words = ['copy', file, `b:data/${round}`, '--json', '--home', home];
  const beganMs = performance.now();
  const since = () => performance.now() - beganMs;
  const child = spawn(process.execPath, ['dist/programs/partway.mjs', ...words], { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  const done: Partial<Steps> = {};
  const watcher = watch(home, (_, name) => {
    if (name === 'stack.json') done['the stack is up'] ??= since();
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('Starting the stack')) done['the command is loaded'] ??= since();
    if (line.startsWith('Transfer ')) done['the transfer is accepted'] ??= since();
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { event: string; bytesInFlight?: number; bytesCopied?: number };
    if (said.event === 'progress' && (said.bytesInFlight || said.bytesCopied)) done['first bytes'] ??= since();
  }
  const [code] = await ended;
  watcher.close();
  done['the command has ended'] = since();
  if (code !== 0 || steps.some((step) => done[step] === undefined))
    throw new Error(`The push ended with ${code}, and showed only ${JSON.stringify(done)}.`);
  return done as Steps;
}

execFileSync(process.execPath, ['tools/build.ts', 'package']);
mkdirSync(home);
writeFileSync(file, randomBytes(FILE_BYTES));
const rounds: Steps[] = [];
// The first round makes the folder of the stack, and does not count.
for (let round = 0; round <= Number(values.rounds); round += 1) {
  const done = await push(round);
  if (round > 0) rounds.push(done);
  while (runningStack(home) !== undefined) await after(LOOK_EVERY_MS);
}
rmSync(folder, { recursive: true, force: true });
console.log('| a push while nothing runs | ms since its start, median (range) |\n|---|---|');
for (const step of steps) console.log(`| ${step} | ${rangeOf(rounds.map((round) => round[step]))} |`);
