import { parseArgs } from 'node:util';
import { setup as takeScratch } from '../scratch.ts';
import { synthesizedMachine } from '../synthesized.ts';
import { type Result, runSeeds } from './runner.ts';
import { simulate } from './simulate.ts';

/**
 * node test/simulation/main.ts [seed] [--runs N] [--from seed] [--except seed,seed] [--first] [--json]
 *
 * With a seed it runs that world and shows its trace. Without a seed it runs N worlds (1,000) from seed 1. After each
 * run all of these must be true:
 *  1 The target has the old object or a whole new one, byte for byte. It never has a piece or a mixture.
 *  2 When a transfer has ended, none of its uploads is open, unless a call began it and died before it recorded the id.
 *  3 A part is sent again only for a reason: a failure, a death, another call at the same time, a loss.
 *  4 A recorded part is not sent again. No part is recorded or forgotten in contradiction to the target's answers.
 *  5 Every transfer ends, and an ended transfer stays as it is. If it is not copied, it has a reason.
 *  6 Nothing goes on for ever: neither rounds without a part nor lost uploads.
 *  7 Nobody writes at the source.
 *  8 If a transfer is aborted or refused, the object that was at the target before stays.
 *  9 Only one transfer at a time writes at a key.
 * 10 No history reaches 25,000 events, and none is longer than its states count.
 * 11 A transfer that has ended has freed its key.
 * 12 Our code throws only errors of the closed list, and handles every rejection.
 * 13 An object that is to be read back is called copied only after each of its bytes was read. Damage is found.
 * 14 If Lambda has no room for an hour, no execution fails because of it, and patience does not count that time (6).
 * 15 If a client hears that its push is copied, the target has the bytes that this client read, not another client's.
 */
const FAILURES_SHOWN_MAX = 5;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    except: { type: 'string', default: '' },
    /** Stops at the first seed that fails. */
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

/** Prints the trace, the violations, and the command that repeats the run. */
function show({ seed, trace, violations }: Pick<Result, 'seed' | 'trace' | 'violations'>): void {
  process.stderr.write(`${(trace ?? []).join('\n')}\n\nSeed ${seed}:\n`);
  if (violations.length === 0) process.stderr.write('Everything that must be true is true.\n');
  for (const { invariant, text } of violations) process.stderr.write(`  invariant ${invariant}: ${text}\n`);
  if (violations.length > 0) process.stderr.write(`Again: npm run simulate -- ${seed}\n`);
}
