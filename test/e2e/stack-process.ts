import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { type ApiClient, apiClient } from '../../tools/client/api/api.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import type { Client } from '../../tools/start/stores.ts';

/** The stack as a person has it: one process in one folder, that may be killed and started again. It ends when this process does. */
export type StackProcess = {
  readonly home: string;
  readonly api: ApiClient;
  readonly pid: number;
  store(name: 'a' | 'b'): Client;
  storeUrl(name: 'a' | 'b'): string;
  /** kill -9, as a crash or an empty battery would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
};

export async function startStackProcess(home: string, settings?: unknown): Promise<StackProcess> {
  mkdirSync(home, { recursive: true });
  if (settings !== undefined) writeFileSync(join(home, 'settings.json'), JSON.stringify(settings));
  const tied = ['--import', new URL('../../tools/ends-with-its-parent.mjs', import.meta.url).href];
  const child = spawn(process.execPath, [...tied, 'test/authorization/main.ts', home], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, CDK_VALIDATION: 'false' },
  });
  const said = await greeting(child);
  const storeUrl = (name: 'a' | 'b') => new RegExp(`store ${name} +(\\S+)`).exec(said)?.[1] ?? '';
  return {
    home,
    api: apiClient(localApi(home)),
    pid: child.pid ?? 0,
    storeUrl,
    store: (name) => {
      const keys = JSON.parse(readFileSync(join(home, 'identity.json'), 'utf8'))[name];
      return s3Client(
        { name, provider: 'aws', url: storeUrl(name), region: 'us-east-1', secretArn: undefined, allow: [] },
        profiles.aws,
        keys,
      );
    },
    kill: () => ended(child, 'SIGKILL'),
    stop: () => ended(child, 'SIGTERM'),
  };
}

async function greeting(child: ChildProcess): Promise<string> {
  let said = '';
  child.stdout?.on('data', (chunk) => (said += chunk));
  child.stderr?.on('data', (chunk) => (said += chunk));
  while (!said.includes('Ctrl-C stops')) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`The stack did not start: ${said}`);
    await after(20);
  }
  return said;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

/** Asks until it is so; a test's own time-out is the limit. */
export async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    await after(50);
  }
}

export async function finished({ api }: StackProcess, transferId: string) {
  return until(async () => {
    const view = await api.describe(transferId);
    return ['copied', 'failed', 'aborted'].includes(view.state) && view;
  });
}

export function logOf({ home }: StackProcess): string {
  const path = join(home, 'logs', 'functions.log');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
