import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runningStack } from '../../client/node/local-api.ts';
import { localErrors } from '../../failures/local-errors.ts';
import { isOnDemand, takeLease } from '../../leases/leases.ts';
import { CliError, exitCodes } from '../failure/failure.ts';

const program = fileURLToPath(new URL('../../local/on-demand.ts', import.meta.url));
const LOOK_EVERY_MS = 50;
const FOLDER_IN_USE_MS = 500;
// A stack ends, or comes up, within seconds. A folder that is in use for longer is used by something else.
const FOLDER_IN_USE_MS_MAX = 60_000;

/** A stack that a command uses until it calls `letGo`. `endsWithUs`: the stack ends when no command needs it any more. */
export type OwnStack = { readonly endsWithUs: boolean; letGo(): void };

/** Whether a stack has ever run in this folder, so that the folder may have transfers. */
export function hasState(home: string): boolean {
  return existsSync(join(home, 'identity.json'));
}

/**
 * Holds the stack of this folder, and starts one if none runs. Two commands may do so at once: one of the two stacks
 * finds the folder in use and ends, and both commands use the other. If the stack cannot start, throws its own error.
 */
export async function holdStack(home: string, say: (sentence: string) => void, signal: AbortSignal): Promise<OwnStack> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const letGo = takeLease(home);
  try {
    const pid = runningStack(home) ?? (await start(home, say, signal));
    return { endsWithUs: isOnDemand(home, pid), letGo };
  } catch (error) {
    letGo();
    throw error;
  }
}

async function start(home: string, say: (sentence: string) => void, signal: AbortSignal): Promise<number> {
  say(`Starting the stack on this computer, in ${resolve(home)} …`);
  const path = join(home, 'on-demand.log');
  const givenUpMs = Date.now() + FOLDER_IN_USE_MS_MAX;
  let child = spawnStack(home, path);
  for (;;) {
    const pid = runningStack(home);
    if (pid !== undefined) return pid;
    if (child.exitCode !== null || child.signalCode !== null) {
      const text = readFileSync(path, 'utf8');
      if (!text.startsWith('FolderInUse') || Date.now() > givenUpMs) throw notStarted(text, path);
      // The stack of another command is starting, or an old stack is just ending.
      await after(FOLDER_IN_USE_MS, undefined, { signal });
      child = spawnStack(home, path);
    }
    await after(LOOK_EVERY_MS, undefined, { signal });
  }
}

function spawnStack(home: string, logPath: string): ChildProcess {
  const log = openSync(logPath, 'w', 0o600);
  const child = spawn(process.execPath, [program, resolve(home)], { detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  return child;
}

/** The stack prints its failure as every command does: a name and a sentence, then what to do. */
function notStarted(text: string, path: string): CliError {
  const [, name, message, next] = /^(\w+): (.*)\nWhat to do: (.*)/.exec(text) ?? [];
  if (name && message && next) return new CliError({ name, message, next }, { exitCode: exitCodes.refused });
  const said = `The stack on this computer did not start. Its output is in ${path}.`;
  return new CliError(
    { name: 'NoStack', message: said, next: localErrors.NoStack },
    { exitCode: exitCodes.unreachable },
  );
}
