/**
 * `npm run chaos -- --kills 100` kills Lambdas and the whole stack while transfers run, until so many are dead. Then it shows
 * that every object arrived whole. With `--push` it kills each push so many times: its client, and sometimes the stack. The
 * same seed makes the same choices, but what is at work at a moment is chance.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { GiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { debianServers, installPackages, unavailableReason } from '../servers/packages.ts';
import { type RealServer, startServer } from '../servers/servers.ts';
import { runChaos } from './chaos.ts';
import { runPushChaos } from './pushes.ts';
import { reportText } from './report.ts';
import { judge } from './verdict.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '30' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    /** The length of a file or stream that is pushed (1 GiB), and about that of a large object that is copied (96 MiB). */
    bytes: { type: 'string' },
    stores: { type: 'string', default: 'all' },
    json: { type: 'boolean', default: false },
    /** Kills clients that push files and streams, instead of Lambdas that copy. */
    push: { type: 'boolean', default: false },
  },
});

if (!existsSync('/proc/self/status')) throw new Error('This run needs /proc, which only Linux has.');

const tell = (sentence: string) => process.stderr.write(`${sentence}\n`);
const home = mkdtempSync(join(tmpdir(), 'partway-chaos-'));
const servers = values.stores === 'all' ? await realServers() : [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  if (values.push) {
    const verdict = await runPushChaos({
      kills: countOf('kills'),
      seed: countOf('seed'),
      bytes: countOf('bytes', GiB),
      servers,
      home,
      tell,
    });
    conclude(verdict);
  } else {
    const facts = await runChaos({
      kills: countOf('kills'),
      seed: countOf('seed'),
      bytes: countOf('bytes', 96 * MiB),
      stackEvery: 15,
      servers,
      home,
      tell,
    });
    const { verdict, broken } = judge(facts);
    if (!values.json) console.log(reportText(facts, verdict, broken));
    for (const sentence of broken) tell(sentence);
    conclude(verdict);
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}

/** Prints one JSON object as the last line. */
function conclude(verdict: { readonly status: string }): void {
  console.log(JSON.stringify(verdict));
  if (verdict.status === 'succeeded') rmSync(home, { recursive: true, force: true });
  else tell(`What the stack wrote is kept in ${home}`);
  process.exitCode = verdict.status === 'succeeded' ? 0 : 1;
}

/**
 * The real servers of this run. It names those that it must leave out, because a run without them proves less. It never uses
 * R2's simulator: that lists no uploads, and this run must see which uploads are left.
 */
async function realServers(): Promise<RealServer[]> {
  const available = debianServers.filter((name) => {
    const reason = unavailableReason([name]);
    if (reason !== undefined)
      tell(`${'!'.repeat(80)}\n${name.toUpperCase()} IS LEFT OUT: ${reason}\n${'!'.repeat(80)}`);
    return reason === undefined;
  });
  await installPackages(available);
  return Promise.all(available.map((name) => startServer(name, tmpdir())));
}

function countOf(name: 'kills' | 'seed' | 'bytes', otherwise?: number): number {
  const count = Number(values[name] ?? otherwise);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`--${name} takes a whole number, and is "${values[name]}".`);
}
