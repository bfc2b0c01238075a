import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { LocalError } from '../failures/local-errors.ts';

/** `.partway` in the current folder if it exists, else the user's state folder as the XDG rules define it. */
export function defaultHome(): string {
  if (existsSync('.partway')) return '.partway';
  return join(ofUser('XDG_STATE_HOME', '.local/state'), 'partway');
}

/** The places where settings are looked for: the state folder, then the user's own configuration. The first file counts. */
export function settingsPlaces(home: string): readonly string[] {
  const folders = [resolve(home), join(ofUser('XDG_CONFIG_HOME', '.config'), 'partway')];
  return folders.map((folder) => join(folder, 'settings.json'));
}

/** The settings of the stack in this folder. `undefined`: nobody has written any. */
export function settingsFile(home: string): string | undefined {
  return settingsPlaces(home).find(isThere);
}

/** A file that may not be looked at is there: its reader says why it cannot be read. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ENOTDIR');
  }
}

/** The XDG rules say that a relative path there counts for nothing: https://specifications.freedesktop.org/basedir/latest/ */
function ofUser(variable: 'XDG_STATE_HOME' | 'XDG_CONFIG_HOME', otherwise: string): string {
  const given = process.env[variable];
  return given !== undefined && isAbsolute(given) ? given : join(homedir(), otherwise);
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
