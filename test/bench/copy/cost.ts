import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { childrenOf, usedBy } from './processes.ts';

/** What one copy cost its client. */
export type Cost = {
  readonly cpuSeconds: number;
  readonly seconds: number;
  readonly peakMiB: number;
  /** What was compared, if the program says so. */
  readonly verified?: string | undefined;
};

const SAMPLE_MS = 50;

/** Runs a command. The CPU seconds are those of all children that this process has waited for, so nothing is missed. */
export async function costOf(
  [program = '', ...words]: string[],
  environment: Record<string, string>,
  input?: unknown,
): Promise<Cost> {
  // rclone 1.60 fails to load the bundle of certificates that AWS_CA_BUNDLE names on some machines.
  const { AWS_CA_BUNDLE: _, ...inherited } = process.env;
  const ca = process.env.NODE_EXTRA_CA_CERTS;
  const env = { ...inherited, ...(ca && program !== 'rclone' ? { AWS_CA_BUNDLE: ca } : {}), ...environment };
  const [before, startedMs] = [cpuOfEnded(), Date.now()];
  const child = spawn(program, words, { stdio: ['pipe', 'ignore', 'inherit'], env });
  child.stdin?.end(JSON.stringify(input ?? null));
  const peaks = new Map<number, number>();
  const sampling = setInterval(() => {
    const pids = [child.pid ?? 0, ...childrenOf(child.pid ?? 0).map(({ pid }) => pid)];
    for (const pid of pids) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, usedBy(pid)?.peakMiB ?? 0));
  }, SAMPLE_MS);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(sampling);
  if (code !== 0) throw new Error(`${program} ${words.join(' ')} ended with ${code}.`);
  const peakMiB = [...peaks.values()].reduce((sum, peak) => sum + peak, 0);
  return { cpuSeconds: cpuOfEnded() - before, seconds: (Date.now() - startedMs) / 1000, peakMiB };
}

function cpuOfEnded(): number {
  return usedBy(process.pid)?.ofEndedChildren ?? 0;
}
