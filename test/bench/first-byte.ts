/**
 * `node test/bench/first-byte.ts` measures how long a push takes until its first bytes move, when nothing runs: from the
 * start of the command, which starts the stack, to the first progress that shows bytes. The command is the one that the
 * package has. Between two rounds the stack ends by itself. A busy computer only makes it slower, so compare the shortest.
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { runningStack } from '../../tools/client/node/local-api.ts';

const ROUNDS = 5;
const FILE_BYTES = 16 * MiB;
const LOOK_EVERY_MS = 100;
const folder = mkdtempSync(join(tmpdir(), 'partway-bench-first-byte-'));
const [home, file] = [join(folder, 'home'), join(folder, 'disk.img')];

async function millisecondsToFirstByte(round: number): Promise<number> {
  const words = ['copy', file, `b:data/${round}`, '--json', '--home', home];
  const beganMs = performance.now();
  const child = spawn(process.execPath, ['dist/programs/partway.mjs', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  let movedMs: number | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    const said = JSON.parse(line) as { event: string; bytesInFlight?: number; bytesCopied?: number };
    if (said.event === 'progress' && (said.bytesInFlight || said.bytesCopied)) movedMs ??= performance.now() - beganMs;
  }
  const [code] = await ended;
  if (code !== 0 || movedMs === undefined) throw new Error(`The push ended with ${code}, and showed no bytes.`);
  return movedMs;
}

execFileSync(process.execPath, ['tools/build.ts', 'package']);
writeFileSync(file, randomBytes(FILE_BYTES));
const times: number[] = [];
// The first round makes the folder of the stack, and does not count.
for (let round = 0; round <= ROUNDS; round += 1) {
  const ms = await millisecondsToFirstByte(round);
  if (round > 0) times.push(ms);
  while (runningStack(home) !== undefined) await after(LOOK_EVERY_MS);
}
rmSync(folder, { recursive: true, force: true });
const seconds = times.toSorted((one, other) => one - other).map((ms) => (ms / 1000).toFixed(2));
console.log(`first bytes after ${seconds.join(', ')} s`);
