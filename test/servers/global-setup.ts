import { tmpdir } from 'node:os';
import type { TestProject } from 'vitest/node';
import { debianServers, installPackages, isDebianServer, unavailableReason } from './packages.ts';
import { installR2 } from './r2/install.ts';
import { type RealServer, type RealServerAddress, type ServerName, serverNames, startServer } from './servers.ts';

/** What tests get from `inject('realServers')`; of the servers that are not there, the sentence that says why. */
export type RealServers = {
  servers: readonly RealServerAddress[];
  missing: readonly { name: ServerName; because: string }[];
};

declare module 'vitest' {
  interface ProvidedContext {
    realServers: RealServers;
  }
}

/** Starts the servers once for the whole run; vitest calls what it returns at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = await missingServers();
  if (missing.length > 0) {
    const sentences = missing.map(({ name, because }) => `${name}: ${because}`).join('\n');
    // In CI a run without real servers would look like a run with them.
    if (process.env.CI) throw new Error(`No real S3 servers:\n${sentences}`);
    console.warn(`\n${'!'.repeat(80)}\nTESTS AGAINST REAL S3 SERVERS ARE SKIPPED:\n${sentences}\n${'!'.repeat(80)}\n`);
  }
  const running = await startAll(
    serverNames.filter((name) => !missing.some((each) => each.name === name)),
    tmpdir(),
  );
  project.provide('realServers', { servers: running.map(({ stop: _, ...address }) => address), missing });
  return () => stopAll(running);
}

/** Whatever can be installed here is, so that what is left is missing. */
async function missingServers(): Promise<RealServers['missing']> {
  const wanted = process.env.PARTWAY_REAL_SERVERS?.split(',') ?? serverNames;
  const missing: { name: ServerName; because: string }[] = [];
  for (const name of serverNames) {
    const because = wanted.includes(name) ? await whyNot(name) : `PARTWAY_REAL_SERVERS=${wanted} turns it off.`;
    if (because !== undefined) missing.push({ name, because });
  }
  return missing;
}

async function whyNot(name: ServerName): Promise<string | undefined> {
  // One call for all packages of Debian, because two apt-get at once would wait for each other.
  if (isDebianServer(name)) return unavailableReason() ?? void (await installPackages(debianServers));
  return installR2().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** All or none: when one does not start, the others are stopped and its reason is thrown. */
async function startAll(names: readonly ServerName[], directory: string): Promise<RealServer[]> {
  const starts = await Promise.allSettled(names.map((name) => startServer(name, directory)));
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (!failure) return running;
  await stopAll(running);
  throw failure.reason;
}

async function stopAll(running: readonly RealServer[]): Promise<void> {
  await Promise.all(running.map((server) => server.stop()));
}
