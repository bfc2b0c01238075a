import type { TestProject } from 'vitest/node';
import { inTime } from '../teardown/in-time.ts';
import { type RealServerAddress, serverNames } from './servers.ts';
import { type MissingServer, missingServers, startAll, stopAll } from './start-all.ts';

/** What tests get from `inject('realServers')`. */
export type RealServers = { servers: readonly RealServerAddress[]; missing: readonly MissingServer[] };

declare module 'vitest' {
  interface ProvidedContext {
    realServers: RealServers;
  }
}

/** Starts the servers once for the whole run; vitest calls what it returns at the end. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing = await missingServers();
  const running = await startAll(serverNames.filter((name) => !missing.some((each) => each.name === name)));
  project.provide('realServers', { servers: running.map(({ stop: _, ...address }) => address), missing });
  return () => inTime('the end of the real servers', () => stopAll(running));
}
