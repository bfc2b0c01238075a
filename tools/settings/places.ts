import { accessSync, constants, existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { LocalError } from '../failures/local-errors.ts';

/** `.partway` in the current folder if it exists, else the user's state folder as the XDG rules define it. */
export function defaultHome(): string {
  if (existsSync('.partway')) return '.partway';
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local', 'state'), 'partway');
}

/** Returns the folder that has all data of the stack on this computer, and makes it first. Throws FolderUnusable. */
export function stateFolder(home = process.env.PARTWAY_HOME ?? '.partway'): string {
  const folder = resolve(home);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    throw new LocalError('FolderUnusable', `The stack cannot write to the folder ${folder}: ${reason}.`, error);
  }
  return folder;
}
