import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { thisProcess } from '../../leases/processes.ts';
import { type KeyPair, writePrivately } from './state-folder.ts';

/** Where the stack that runs in a folder is, and the keys with which it is called. Commands read it for each call. */
export type StackAddress = KeyPair & {
  readonly apiUrl: string;
  readonly region: string;
  readonly settings: string | undefined;
};

const pathIn = (folder: string) => join(folder, 'stack.json');

/** Tells commands that this process is the stack of the folder. Returns a function that takes it back. */
export function tellAddress(folder: string, address: StackAddress): () => void {
  writePrivately(pathIn(folder), { ...thisProcess(), ...address });
  return () => forgetAddress(folder);
}

/** A stack that was killed has left its address. Commands that wait for the next stack must not call it. */
export function forgetAddress(folder: string): void {
  rmSync(pathIn(folder), { force: true });
}
