import type { Order, Result } from './runner.ts';
import { simulate } from './simulate.ts';

/** A process that receives seeds and runs them one after the other. */
let definition: unknown;

process.on('message', (order: Order) => {
  if ('definition' in order) definition = order.definition;
  else void run(order.seed);
});

async function run(seed: number): Promise<void> {
  const outcome = await simulate(definition, seed);
  const result: Result = { ...outcome, trace: outcome.violations.length > 0 ? outcome.trace : undefined };
  process.send?.(result);
}
