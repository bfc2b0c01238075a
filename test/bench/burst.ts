/**
 * `node test/bench/burst.ts [--transfers 200] [--bytes 4096]` asks the stack on this computer for many small transfers at
 * once. It prints when the callers got their answers, how long a list took meanwhile, and how many environments started.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { type StackProcess, startStackProcess } from '../e2e/stack-process.ts';
import { setup as takeScratch } from '../scratch.ts';

process.on('exit', takeScratch());
const { values } = parseArgs({
  options: { transfers: { type: 'string', default: '200' }, bytes: { type: 'string', default: '4096' } },
});
const transferCount = Number(values.transfers);
const keys = Array.from({ length: transferCount }, (_, index) => `object-${index}`);

const stack = await startStackProcess(mkdtempSync(join(tmpdir(), 'partway-bench-burst-')));
const environments = watchEnvironments(stack.pid);
try {
  await putObjects(stack);
  const startedMs = performance.now();
  const reads = watchReads(stack);
  const answers = await Promise.all(keys.map((key) => startTransfer(stack, key)));
  const answeredMs = performance.now() - startedMs;
  await allEnded(stack);
  const seconds = (performance.now() - startedMs) / 1000;
  const readMs = await reads.stop();
  const copied = (await states(stack)).filter((state) => state === 'copied').length;
  const refused = Object.entries(Object.groupBy(answers, ({ name }) => name));
  console.log(
    JSON.stringify({
      transfers: transferCount,
      answers: Object.fromEntries(refused.map(([name, all]) => [name, all?.length])),
      answersSeconds: (answeredMs / 1000).toFixed(1),
      copied,
      seconds: seconds.toFixed(1),
      readSecondsMedian: quantile(readMs, 0.5),
      readSecondsMax: quantile(readMs, 1),
      ...environments.stop(),
    }),
  );
} finally {
  await stack.stop();
}

async function putObjects({ store }: StackProcess): Promise<void> {
  const client = store('a');
  for (const Key of keys)
    await client.send(new PutObjectCommand({ Bucket: 'data', Key, Body: Buffer.alloc(Number(values.bytes), Key) }));
}

async function startTransfer({ api }: StackProcess, key: string): Promise<{ name: string }> {
  const [source, target] = ['a', 'b'].map((endpoint) => ({ endpoint, bucket: 'data', key }));
  if (!source || !target) throw new Error('There are two stores.');
  return api.start({ source, target }).then(
    () => ({ name: 'accepted' }),
    (error) => ({ name: `${error.failure?.name ?? error.name}: ${String(error.message).slice(0, 80)}` }),
  );
}

async function states({ api }: StackProcess): Promise<string[]> {
  const found: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await api.list({ limit: 50, after: cursor });
    found.push(...page.transfers.map(({ state }) => state));
    cursor = page.after;
    if (cursor === undefined) return found;
  }
}

async function allEnded(stack: StackProcess): Promise<void> {
  for (;;) {
    const found = await states(stack).catch((error): string[] => {
      if (error.mayPass !== true) throw error;
      return [];
    });
    const ended = found.filter((state) => /copied|failed|aborted/.test(state));
    if (ended.length >= transferCount) return;
    await after(2000);
  }
}

/** Lists the transfers again and again meanwhile, and measures how long a person waits. */
function watchReads({ api }: StackProcess) {
  const tookMs: number[] = [];
  let isOver = false;
  const watched = (async () => {
    while (!isOver) {
      const askedMs = performance.now();
      await api.list({ limit: 10 }).catch(() => {});
      tookMs.push(performance.now() - askedMs);
      await after(500);
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await watched;
      return tookMs;
    },
  };
}

/** Counts the stack's child processes that run a bundle, and their largest total memory. Linux only. */
function watchEnvironments(pid: number) {
  const seen = new Set<number>();
  let environmentsAtOnce = 0;
  let mebibytesMax = 0;
  const timer = setInterval(() => {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    const bundles = children.filter((child) => read(`/proc/${child}/cmdline`).includes('bootstrap.mjs'));
    for (const child of bundles) seen.add(child);
    environmentsAtOnce = Math.max(environmentsAtOnce, bundles.length);
    const pages = bundles.map((child) => Number(read(`/proc/${child}/statm`).split(' ')[1] ?? 0));
    mebibytesMax = Math.max(mebibytesMax, Math.round((pages.reduce((sum, each) => sum + each, 0) * 4096) / 1024 ** 2));
  }, 50);
  return {
    stop: () => {
      clearInterval(timer);
      return { environmentsStarted: seen.size, environmentsAtOnce, environmentsMebibytes: mebibytesMax };
    },
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function quantile(valuesMs: readonly number[], share: number): string {
  const sorted = valuesMs.toSorted((one, other) => one - other);
  return ((sorted[Math.round((sorted.length - 1) * share)] ?? 0) / 1000).toFixed(2);
}
