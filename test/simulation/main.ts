import { parseArgs } from 'node:util';
import { setup as takeScratch } from '../scratch.ts';
import { synthesizedMachine } from '../synthesized.ts';
import { type Result, runSeeds } from './runner.ts';
import { simulate } from './simulate.ts';

/**
 * node test/simulation/main.ts [seed] [--runs N] [--from seed] [--except seed,seed] [--first] [--json]
 *
 * With a seed: that run, with its trace. Without: N runs (1,000) from seed 1. What must be true after each:
 *  1 the target holds the old object, or a whole new one, byte for byte; never a piece, never a mixture
 *  2 when a transfer is over, none of its uploads is open, but for such as were begun by a call that died before it could write
 *  3 a part is sent again only for a reason: a failure, a death, another call at the same time, a loss
 *  4 a part that is recorded is not sent again, and none is recorded or forgotten against what the target said
 *  5 every transfer ends, and an end stays; what is not copied has a reason
 *  6 nothing goes on for ever: rounds without a part, uploads that are lost
 *  7 the source is never written
 *  8 what was at the target before stays when a transfer is aborted or refused
 *  9 one transfer writes at a key at a time
 * 10 no history reaches 25,000 events, and none is longer than its states count
 * 11 a transfer that is over leaves its key free
 * 12 only errors of the closed list come out of our code, and no rejection is left alone
 * 13 what was to be read back is called copied only when each byte of it was read after it was complete; damage at rest is found
 * 14 while Lambda has no room for an hour, no execution fails for it, and patience does not count the time (6)
 * 15 a client that hears that its push is copied has read the bytes that are at the target, and not another client's
 */
const FAILURES_SHOWN_MAX = 5;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    except: { type: 'string', default: '' },
    /** Ends with the first seed that fails. */
    first: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
process.on('exit', takeScratch());
const { definition } = synthesizedMachine();
const failed = positionals[0] === undefined ? await runMany() : await runOne(Number(positionals[0]));
process.exitCode = failed ? 1 : 0;

async function runOne(seed: number): Promise<boolean> {
  const outcome = await simulate(definition, seed);
  show(outcome);
  if (values.json) console.log(JSON.stringify({ seed, violations: outcome.violations, ...outcome.counts }));
  return outcome.violations.length > 0;
}

async function runMany(): Promise<boolean> {
  const runs = Number(values.runs);
  const except = new Set(values.except.split(',').map(Number));
  const startedMs = performance.now();
  const totals: Record<string, number> = {};
  const failedSeeds: number[] = [];
  let done = 0;
  await runSeeds(definition, { from: Number(values.from), count: runs }, (result) => {
    done += 1;
    for (const [name, count] of Object.entries(result.counts)) totals[name] = Math.round((totals[name] ?? 0) + count);
    if (result.violations.length > 0 && !except.has(result.seed)) {
      failedSeeds.push(result.seed);
      if (failedSeeds.length <= FAILURES_SHOWN_MAX) show(result);
    }
    if (done % 100 === 0) process.stderr.write(`${done} of ${runs} runs, ${failedSeeds.length} failed\n`);
    return values.first && failedSeeds.length > 0 ? 'enough' : 'go on';
  });
  const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
  failedSeeds.sort((one, other) => one - other);
  process.stderr.write(`${runs} runs in ${seconds} s: ${JSON.stringify(totals)}\n`);
  if (failedSeeds.length > 0) process.stderr.write(`Failed: ${failedSeeds.slice(0, 50).join(' ')}\n`);
  if (values.json) console.log(JSON.stringify({ runs, seconds, failed: failedSeeds, ...totals }));
  return failedSeeds.length > 0;
}

/** The trace, what was violated, and how to see it again. */
function show({ seed, trace, violations }: Pick<Result, 'seed' | 'trace' | 'violations'>): void {
  process.stderr.write(`${(trace ?? []).join('\n')}\n\nSeed ${seed}:\n`);
  if (violations.length === 0) process.stderr.write('Everything that must be true is true.\n');
  for (const { invariant, text } of violations) process.stderr.write(`  invariant ${invariant}: ${text}\n`);
  if (violations.length > 0) process.stderr.write(`Again: npm run simulate -- ${seed}\n`);
}
