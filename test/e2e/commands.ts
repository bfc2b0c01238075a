import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import { sha256At } from './objects.ts';
import { type StackProcess, until } from './stack-process.ts';

export type Ended = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
export type Running = { readonly child: ChildProcess; readonly ended: Promise<Ended>; said(): string };

/** The command line as a person has it, on one stack. */
export type Commands = {
  partway(words: readonly string[], input?: Readable): Running;
  run(words: readonly string[], input?: Readable): Promise<Ended>;
  partsAtStore(): Promise<number>;
  /** Kills the command when it has sent so many parts. Gives how many the store had counted before it. */
  killedWhenSent(words: readonly string[], parts: number, more?: { readonly input?: Readable }): Promise<number>;
  /** A command holds its lease from the moment that it has begun to work. */
  hasBegun(running: Running): Promise<boolean>;
  newest(): Promise<TransferView>;
  /** The SHA-256 of an object. */
  arrived(key: string): Promise<string>;
};

export const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** A stream that begins with a few bytes, as programs do. */
export const streamed = (content: Buffer) => Readable.from([content.subarray(0, 7), content.subarray(7)]);

export function commandsOn(stack: StackProcess): Commands {
  const partway: Commands['partway'] = (words, input) => {
    const args = ['tools/cli/main.ts', ...words, '--home', stack.home];
    const child = spawn(process.execPath, args, { stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (chunk) => (said[name] += chunk));
    if (input && child.stdin) input.pipe(child.stdin).on('error', () => {});
    const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, ...said }));
    return { child, ended, said: () => said.stderr };
  };
  const partsAtStore = async () => {
    const answer = await fetch(`${stack.storeUrl('b')}/-/counters`);
    return ((await answer.json()) as { requests: Record<string, number> }).requests.UploadPart ?? 0;
  };
  return {
    partway,
    run: (words, input) => partway(words, input).ended,
    partsAtStore,
    killedWhenSent: async (words, parts, { input } = {}) => {
      const before = await partsAtStore();
      const { child, ended } = partway(words, input);
      await until(async () => (await partsAtStore()) >= before + parts);
      child.kill('SIGKILL');
      await ended;
      return before;
    },
    hasBegun: ({ child }) => until(async () => existsSync(join(stack.home, 'leases', `${child.pid}`))),
    newest: async () => (await stack.api.list({ limit: 1 })).transfers[0]!,
    arrived: (key) => sha256At(stack.store('b'), 'data', key),
  };
}
