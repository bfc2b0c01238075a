/**
 * `npm run chaos -- --kills 100`: kills Lambdas and the whole stack under running transfers until so many are dead, then
 * shows that every object arrived whole. The same seed chooses the same victims; who is at work when, chance decides.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MiB } from '../../functions/transfer/values/sizes.ts';
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
    bytes: { type: 'string', default: String(96 * MiB) },
    stores: { type: 'string', default: 'all' },
    json: { type: 'boolean', default: false },
    /** Kills clients that push files and streams, instead of Lambdas that copy. */
    push: { type: 'boolean', default: false },
  },
});

if (!existsSync('/proc/self/status')) throw new Error('Who is at work is read from /proc, which only Linux has.');

const tell = (sentence: string) => process.stderr.write(`${sentence}\n`);
const home = mkdtempSync(join(tmpdir(), 'partway-chaos-'));
const servers = values.stores === 'all' ? await realServers() : [];
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));
try {
  if (values.push) {
    const verdict = await runPushChaos({
      ...{ kills: countOf('kills'), seed: countOf('seed'), bytes: countOf('bytes'), servers, home, tell },
    });
    conclude(verdict);
  } else {
    const facts = await runChaos({
      ...{ kills: countOf('kills'), seed: countOf('seed'), bytes: countOf('bytes'), stackEvery: 15 },
      ...{ servers, home, tell },
    });
    const { verdict, broken } = judge(facts);
    if (!values.json) console.log(reportText(facts, verdict, broken));
    for (const sentence of broken) tell(sentence);
    conclude(verdict);
  }
} finally {
  await Promise.all(servers.map((server) => server.stop()));
}

/** The last line is one JSON object. */
function conclude(verdict: { readonly status: string }): void {
  console.log(JSON.stringify(verdict));
  if (verdict.status === 'succeeded') rmSync(home, { recursive: true, force: true });
  else tell(`What the stack wrote is kept in ${home}`);
  process.exitCode = verdict.status === 'succeeded' ? 0 : 1;
}

/**
 * Whoever is left out is left out loudly: a run without them proves less. R2's simulator is never asked for: it lists no
 * uploads, and what is left behind is what this run must see.
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

function countOf(name: 'kills' | 'seed' | 'bytes'): number {
  const count = Number(values[name]);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new Error(`--${name} takes a whole number, and is "${values[name]}".`);
}
