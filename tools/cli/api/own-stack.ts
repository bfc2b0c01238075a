import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { RouteName } from '../../../functions/api/routes.ts';
import type { Api } from '../../client/api/auth.ts';
import { localApi, runningStack } from '../../client/node/local-api.ts';
import { localErrors } from '../../failures/local-errors.ts';
import { isOnDemand, takeLease } from '../../leases/leases.ts';
import { programPath } from '../../programs/programs.ts';
import { buckets } from '../../settings/embedded.ts';
import { settingsFile, settingsPlaces, stateFolder } from '../../settings/places.ts';
import { sharedText } from '../../settings/shared-file.ts';
import { CliError, exitCodes, invalid } from '../failure/failure.ts';

const LOOK_EVERY_MS = 10; // such a look is one small read
const FOLDER_IN_USE_MS = 500;
// A stack ends, or comes up, within seconds. A folder that is in use for longer is used by something else.
const FOLDER_IN_USE_MS_MAX = 60_000;
// In a clone, the first start also builds the Lambdas and the template.
const START_MS_MAX = 120_000;

/** The stack of a folder, as one command uses it. The command's first question starts it. */
export type OwnStack = {
  readonly api: Api;
  /**
   * Throws InvalidRequest for an endpoint that a stack would not have, and SettingsInvalid. A stack that runs knows its own
   * endpoints, and is not asked.
   */
  refuseUnknown(endpoints: readonly string[]): Promise<void>;
  /** Starts the stack before the first question, while the command does something else. */
  wake(): void;
  /** Whether the stack ends when no command needs it any more. */
  endsWithUs(): boolean;
  letGo(): void;
};

export type OwnStackOptions = {
  /** Whether the command starts a stack in a new folder too. Otherwise it starts one only where a stack has run before. */
  readonly mayBegin: boolean;
  /** What the command asks first. The functions behind it start while the stack does. */
  readonly warm?: readonly RouteName[];
  readonly say: (sentence: string) => void;
  readonly signal: AbortSignal;
  /** For tests: for how long a stack may start. */
  readonly startMsMax?: number;
};

export function ownStack(home: string, options: OwnStackOptions): OwnStack {
  const api = localApi(home);
  let letGo: (() => void) | undefined;
  let holding: Promise<void> | undefined;
  const hold = () => {
    holding ??= takeAndHold();
    return holding;
  };
  const takeAndHold = async () => {
    letGo = takeLease(stateFolder(home));
    if (runningStack(home) === undefined) await start(home, options);
  };
  const isWanted = () => options.mayBegin || existsSync(join(home, 'identity.json'));
  return {
    api: {
      ...api,
      url: async () => {
        if (isWanted()) await hold();
        return api.url();
      },
    },
    refuseUnknown: async (endpoints) => {
      if (runningStack(home) === undefined) await refuseUnknown(home, endpoints);
    },
    wake: () => {
      hold().catch(() => {}); // the first question throws it
    },
    endsWithUs: () => {
      const pid = runningStack(home);
      return pid === undefined || isOnDemand(home, pid);
    },
    letGo: () => letGo?.(),
  };
}

async function refuseUnknown(home: string, names: readonly string[]): Promise<void> {
  // It loads the rules of endpoints, and most commands need none.
  const { readSettings } = await import('../../settings/settings.ts');
  const { path, endpoints } = readSettings(settingsFile(home));
  const known = [...Object.keys(buckets), ...Object.keys(endpoints)];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const [first, ...others] = settingsPlaces(home);
  const where = path ?? `the settings: there is no ${first} and no ${others.join(', ')}`;
  throw invalid(
    `There is no endpoint "${unknown}" in ${where}. The stack has ${known.join(', ')}.`,
    `Correct the name, or add the store to ${path ?? first}: docs/endpoints.md shows how.`,
  );
}

/**
 * Two commands may do so at once: one of the two stacks finds the folder in use and ends, and both commands use the other.
 * Throws what the stack says when it cannot start, and NoStack if it hangs while it starts.
 */
async function start(home: string, { say, signal, warm, startMsMax = START_MS_MAX }: OwnStackOptions): Promise<void> {
  say(`Starting the stack on this computer, in ${resolve(home)} …`);
  // The stack says it too, but into its log.
  const shared = sharedText(settingsFile(home));
  if (shared !== undefined) say(shared);
  const path = join(home, 'on-demand.log');
  const startedMs = Date.now();
  let child = spawnStack(home, path, warm);
  for (;;) {
    if (runningStack(home) !== undefined) return;
    if (child.exitCode !== null || child.signalCode !== null) {
      const text = readFileSync(path, 'utf8');
      if (!text.startsWith('FolderInUse') || Date.now() - startedMs > FOLDER_IN_USE_MS_MAX)
        throw notStarted(text, path);
      // The stack of another command is starting, or an old stack is just ending.
      await after(FOLDER_IN_USE_MS, undefined, { signal });
      child = spawnStack(home, path, warm);
    }
    if (Date.now() - startedMs > startMsMax) {
      child.kill();
      const seconds = startMsMax / 1000;
      const said = `The stack on this computer, process ${child.pid}, was not up after ${seconds} s, and was stopped.`;
      throw noStack(`${said} ${outputIn(path)}`);
    }
    await after(LOOK_EVERY_MS, undefined, { signal });
  }
}

function spawnStack(home: string, logPath: string, warm: readonly RouteName[] = []): ChildProcess {
  const log = openSync(logPath, 'w', 0o600);
  const child = spawn(process.execPath, [programPath('on-demand'), resolve(home), ...warm], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  child.unref();
  return child;
}

/** The stack prints its failure as every command does: a name and a sentence, then what to do. */
function notStarted(text: string, path: string): CliError {
  const [, name, message, next] = /^(\w+): (.*)\nWhat to do: (.*)/.exec(text) ?? [];
  if (name && message && next) return new CliError({ name, message, next }, { exitCode: exitCodes.refused });
  return noStack(`The stack on this computer did not start. ${outputIn(path)}`);
}

const outputIn = (path: string) => `Its output is in ${path}.`;

function noStack(message: string): CliError {
  return new CliError({ name: 'NoStack', message, next: localErrors.NoStack }, { exitCode: exitCodes.unreachable });
}
