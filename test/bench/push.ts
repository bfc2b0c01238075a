/**
 * `node test/bench/push.ts [GiB] [words]` measures what a push costs its client, compared with rclone with the same file,
 * store and part size. It runs both in turn, three times each. With words it runs only clients whose name has them, such as
 * "a stream". CPU seconds and peak memory are those that Linux reports for the client's process alone. rclone comes from
 * Debian (`apt-get install rclone`). If it is missing, the run says so and measures the rest.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, createReadStream, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { GiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { startStack } from '../../tools/local/stack.ts';

const ROUNDS = 3;
const SAMPLE_MS = 20;
const TICKS_A_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const gib = Number(process.argv[2] ?? 1);
const words = process.argv[3] ?? '';
const folder = mkdtempSync(join(tmpdir(), 'partway-bench-push-'));
const home = join(folder, 'home');
const file = join(folder, 'disk.img');

type Cost = { readonly cpuSeconds: number; readonly seconds: number; readonly peakMiB: number };

/** Measures a process until its end. The last sample may miss the last 20 ms. */
async function costOf(child: ChildProcess): Promise<Cost> {
  const startedMs = Date.now();
  const ended = once(child, 'exit') as Promise<[number | null]>;
  let cost = { cpuSeconds: 0, peakMiB: 0 };
  while (child.exitCode === null && child.signalCode === null) {
    cost = sample(child.pid ?? 0) ?? cost;
    await after(SAMPLE_MS);
  }
  const [code] = await ended;
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}`);
  return { ...cost, seconds: (Date.now() - startedMs) / 1000 };
}

function sample(pid: number): Omit<Cost, 'seconds'> | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    if (peak === undefined) return undefined; // the process is ending
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND, peakMiB: Number(peak) / 1024 };
  } catch {
    return undefined;
  }
}

function makeFile(): void {
  const to = openSync(file, 'w');
  for (let written = 0; written < gib * GiB; written += 64 * MiB) writeSync(to, randomBytes(64 * MiB));
  closeSync(to);
}

function hasRclone(): boolean {
  try {
    execFileSync('rclone', ['version']);
    return true;
  } catch {
    console.log('rclone is missing, so there is no ratio.');
    return false;
  }
}

// As the package has it. From TypeScript, the same command needs some 30 MiB more.
execFileSync(process.execPath, ['tools/build.ts', 'programs']);
const stack = await startStack({ home });
makeFile();
const { url, accessKeyId, secretAccessKey } = stack.stores.b;
const remote = {
  RCLONE_CONFIG_B_TYPE: 's3',
  RCLONE_CONFIG_B_PROVIDER: 'Other',
  RCLONE_CONFIG_B_ENDPOINT: url,
  RCLONE_CONFIG_B_ACCESS_KEY_ID: accessKeyId,
  RCLONE_CONFIG_B_SECRET_ACCESS_KEY: secretAccessKey,
  // rclone 1.60 fails to load the bundle of certificates that this variable names.
  AWS_CA_BUNDLE: undefined,
};
const partway = (source: string, key: string, more = ['--part-size', '64MiB']) => [
  ...['dist/programs/partway.mjs', 'copy', source, `b:data/${key}`, ...more, '--quiet', '--home', home],
];
const quiet = { stdio: ['pipe', 'ignore', 'inherit'] as ['pipe', 'ignore', 'inherit'] };
const rcloned = ['--s3-chunk-size', '64Mi', '--s3-upload-concurrency', '4', '--s3-no-check-bucket'];
const streamInto = (child: ChildProcess) => {
  if (child.stdin) createReadStream(file, { highWaterMark: MiB }).pipe(child.stdin);
  return child;
};
const ways: Record<string, (round: number) => ChildProcess> = {
  'partway, a file': (round) => spawn(process.execPath, partway(file, `p${round}`), quiet),
  'partway, a stream': (round) => streamInto(spawn(process.execPath, partway('-', `s${round}`), quiet)),
  'partway, growing parts': (round) => streamInto(spawn(process.execPath, partway('-', `g${round}`, []), quiet)),
};
if (hasRclone()) {
  ways['rclone copyto, a file'] = (round) =>
    spawn('rclone', ['copyto', ...rcloned, file, `b:data/rp${round}`], {
      ...quiet,
      env: { ...process.env, ...remote },
    });
  ways['rclone rcat, a stream'] = (round) =>
    streamInto(
      spawn('rclone', ['rcat', ...rcloned, `b:data/rs${round}`], { ...quiet, env: { ...process.env, ...remote } }),
    );
}
const chosen = Object.entries(ways).filter(([name]) => name.includes(words));
const costs = new Map<string, Cost[]>(chosen.map(([name]) => [name, []]));
for (let round = 0; round < ROUNDS; round += 1)
  for (const [name, begin] of chosen) costs.get(name)?.push(await costOf(begin(round)));
await stack.close();
rmSync(folder, { recursive: true, force: true });

const median = (values: number[]) =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
for (const [name, all] of costs) {
  const cpu = median(all.map(({ cpuSeconds }) => cpuSeconds)) / gib;
  const spread = `${Math.min(...all.map((each) => each.cpuSeconds / gib)).toFixed(2)} to ${Math.max(...all.map((each) => each.cpuSeconds / gib)).toFixed(2)}`;
  const peak = Math.max(...all.map(({ peakMiB }) => peakMiB));
  console.log(
    `${name.padEnd(24)} ${cpu.toFixed(2)} CPU s/GiB (${spread})  ${(median(all.map(({ seconds }) => seconds)) / gib).toFixed(1)} s/GiB  peak ${peak.toFixed(0)} MiB (${((peak * MiB) / 1e6).toFixed(0)} MB)`,
  );
}
