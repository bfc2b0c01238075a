import { type ApiClient, apiClient } from '../../tools/client/api/api.ts';
import { PartwayError } from '../../tools/client/api/partway-error.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import type { Client } from '../../tools/start/stores.ts';
import { type StackProcess, startStackProcess } from '../e2e/stack-process.ts';
import { patiently } from './patience.ts';

/** The stack in one folder, which is killed and started again many times. */
export type MortalStack = {
  /** The process that runs now. Undefined between a kill and the next start. */
  readonly pid: () => number | undefined;
  /** Kills the stack with kill -9, and starts it again in the same folder. */
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Asks the API until it answers, because the Lambda that answers, or the stack, may be killed. */
  ask<T>(call: (api: ApiClient) => Promise<T>): Promise<T>;
  /** A client for the stack that runs now. After the next start the store may have another port. */
  store(name: 'a' | 'b'): Client;
  storeUrl(name: 'a' | 'b'): string | undefined;
};

export async function startMortalStack(home: string, settings: unknown): Promise<MortalStack> {
  const api = apiClient(localApi(home));
  let life: Life | undefined = newLife(await startStackProcess(home, settings));
  const alive = (): Life => {
    if (life) return life;
    throw new Error('The stack is being started again.');
  };
  return {
    pid: () => life?.process.pid,
    kill: async () => {
      const { process } = alive();
      life = undefined;
      await process.kill();
      life = newLife(await startStackProcess(home));
    },
    stop: async () => life?.process.stop(),
    ask: (call) => patiently(() => call(api), mayPass),
    store: (name) => alive().clients[name],
    storeUrl: (name) => life?.process.storeUrl(name),
  };
}

type Life = { readonly process: StackProcess; readonly clients: Readonly<Record<'a' | 'b', Client>> };

const newLife = (process: StackProcess): Life => ({
  process,
  clients: { a: process.store('a'), b: process.store('b') },
});

const mayPass = (error: unknown): boolean => error instanceof PartwayError && error.mayPass;
