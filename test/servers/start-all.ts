import { tmpdir } from 'node:os';
import { debianServers, installPackages, isDebianServer, unavailableReason } from './packages.ts';
import { installR2 } from './r2/install.ts';
import { type RealServer, type ServerName, serverNames, startServer } from './servers.ts';

/** A server that cannot run on this machine, and a sentence that says why. */
export type MissingServer = { readonly name: ServerName; readonly because: string };

/**
 * Returns the asked servers that cannot run on this machine, and prints a large warning about them. In CI it throws
 * instead, because a CI run without real servers would look like a run with them.
 */
export async function missingServers(asked: readonly ServerName[] = serverNames): Promise<readonly MissingServer[]> {
  const missing = await findMissing(asked);
  if (missing.length === 0) return missing;
  const sentences = missing.map(({ name, because }) => `${name}: ${because}`).join('\n');
  if (process.env.CI) throw new Error(`No real S3 servers:\n${sentences}`);
  console.warn(`\n${'!'.repeat(80)}\nTESTS AGAINST REAL S3 SERVERS ARE SKIPPED:\n${sentences}\n${'!'.repeat(80)}\n`);
  return missing;
}

/** Installs every server that this machine can install, and returns the others. */
async function findMissing(asked: readonly ServerName[]): Promise<MissingServer[]> {
  const wanted = process.env.PARTWAY_REAL_SERVERS?.split(',') ?? serverNames;
  const missing: MissingServer[] = [];
  for (const name of asked) {
    const because = wanted.includes(name) ? await whyNot(name) : `PARTWAY_REAL_SERVERS=${wanted} turns it off.`;
    if (because !== undefined) missing.push({ name, because });
  }
  return missing;
}

async function whyNot(name: ServerName): Promise<string | undefined> {
  // One call installs the packages of both Debian servers, because two apt-get at once would wait for each other.
  if (isDebianServer(name)) return unavailableReason() ?? void (await installPackages(debianServers));
  return installR2().then(
    () => undefined,
    (error: Error) => error.message,
  );
}

/** Starts all servers. If one does not start, stops the others and throws its reason. */
export async function startAll(names: readonly ServerName[]): Promise<RealServer[]> {
  const starts = await Promise.allSettled(names.map((name) => startServer(name, tmpdir())));
  const running = starts.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const failure = starts.find((start) => start.status === 'rejected');
  if (!failure) return running;
  await stopAll(running);
  throw failure.reason;
}

export async function stopAll(running: readonly RealServer[]): Promise<void> {
  await Promise.all(running.map((server) => server.stop()));
}
