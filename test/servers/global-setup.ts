import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { installPackages } from './packages.ts';
import { type RealServer, type RealServerAddress, serverNames, startServer, unavailableReason } from './servers.ts';

/** What tests get from `inject('realServers')`. Without servers, `missingBecause` is the sentence that says why. */
export type RealServers = { servers: readonly RealServerAddress[]; missingBecause?: string };

declare module 'vitest' {
  interface ProvidedContext {
    realServers: RealServers;
  }
}

/** Starts both servers once for the whole run; vitest calls what it returns at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missingBecause = whyNot();
  if (missingBecause) {
    // In CI a run without real servers would look like a run with them.
    if (process.env.CI) throw new Error(`No real S3 servers: ${missingBecause}`);
    console.warn(
      `\n${'!'.repeat(80)}\nTESTS AGAINST REAL S3 SERVERS ARE SKIPPED: ${missingBecause}\n${'!'.repeat(80)}\n`,
    );
    project.provide('realServers', { servers: [], missingBecause });
    return async () => {};
  }
  const running = await startAll(tmpdir());
  project.provide('realServers', { servers: running.map(({ stop: _, ...address }) => address) });
  return () => stopAll(running);
}

function whyNot(): string | undefined {
  if (process.env.PARTWAY_REAL_SERVERS === 'none') return 'PARTWAY_REAL_SERVERS=none turns them off.';
  return unavailableReason();
}

/** All or none: when one does not start, the others are stopped and its reason is thrown. */
async function startAll(directory: string): Promise<RealServer[]> {
  // One call for all packages, because two apt-get at once would wait for each other.
  await installPackages(serverNames);
  const starts = await Promise.allSettled(serverNames.map((name) => startServer(name, directory)));
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (!failure) return running;
  await stopAll(running);
  throw failure.reason;
}

async function stopAll(running: readonly RealServer[]): Promise<void> {
  await Promise.all(running.map((server) => server.stop()));
}
