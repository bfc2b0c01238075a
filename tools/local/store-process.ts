import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { LocalError } from '../failures/local-errors.ts';
import { programPath } from '../programs/programs.ts';
import type { StoreOptions } from '../store/server.ts';
import { portOrAnother } from './port.ts';

export type StoreProcess = { readonly url: string; readonly port: number; stop(): Promise<void> };

/** Starts a store as a process of its own. The store ends when this process ends, in whatever way. */
export async function startStoreProcess(options: StoreOptions): Promise<StoreProcess> {
  const port = await portOrAnother(options.port);
  const child = spawn(process.execPath, [programPath('store')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, PARTWAY_STORE_OPTIONS: JSON.stringify({ ...options, port }) },
  });
  const url = await addressOf(child);
  return {
    url,
    port: Number(new URL(url).port),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

async function addressOf(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error('The store has no output.');
  const lines = createInterface({ input: child.stdout });
  const line = await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`The store ended with ${code} before it was up.`))),
  ]);
  const { url, failed } = JSON.parse(String(line[0])) as { url: string; failed?: LocalError };
  if (failed) throw new LocalError(failed.name, failed.message);
  return url;
}
