import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './simulate.ts';

/** The result of one seed from a worker. It has the trace only if something was violated. */
export type Result = Omit<Outcome, 'trace'> & { readonly trace: readonly string[] | undefined };
export type Order = { readonly definition: unknown } | { readonly seed: number };

const WORKERS_MAX = 4;

/** Runs seeds in worker processes, one for each core, until all are done or `onResult` says `enough`. */
export function runSeeds(
  definition: unknown,
  seeds: { readonly from: number; readonly count: number },
  onResult: (result: Result) => 'go on' | 'enough',
): Promise<void> {
  const end = seeds.from + seeds.count;
  let next = seeds.from;
  let isEnough = false;
  const work = (worker: ChildProcess) =>
    new Promise<void>((resolve, reject) => {
      const give = () => {
        if (isEnough || next >= end) return worker.disconnect();
        worker.send({ seed: next } satisfies Order);
        next += 1;
      };
      worker.on('message', (result: Result) => {
        if (onResult(result) === 'enough') isEnough = true;
        give();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`))));
      worker.send({ definition } satisfies Order);
      give();
    });
  const workers = Math.min(WORKERS_MAX, availableParallelism(), seeds.count);
  const file = fileURLToPath(new URL('worker.ts', import.meta.url));
  return Promise.all(Array.from({ length: workers }, () => work(fork(file)))).then(() => {});
}
