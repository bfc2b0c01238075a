import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deniedBelow } from './authorization/denied.ts';
import { leaksBelow } from './leaks.ts';
import { inTime, killUnlessEnded } from './teardown/in-time.ts';

/**
 * Makes one folder for everything that a run and its child processes write: from now on it is the system's temporary folder.
 * Returns a function that removes it. Before that, the function searches every log for secrets and for calls that AWS would
 * deny. If it finds one, it throws, and the run fails. Vitest calls this function last; from then on the run must end in time.
 */
export function setup(): () => Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'partway-test-'));
  process.env.TMPDIR = folder;
  // The settings of the person who runs the tests would change the results.
  process.env.XDG_CONFIG_HOME = join(folder, 'no-settings');
  return async () => {
    const found = await inTime(`the search of ${folder} for secrets and denied calls`, () => searched(folder));
    await killUnlessEnded('the end of Vitest');
    if (found !== undefined) throw new Error(found);
  };
}

/** Removes the folder, and returns what a test has written there that must not be. */
function searched(folder: string): string | undefined {
  const leaks = leaksBelow(folder);
  const denied = deniedBelow(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  if (leaks.length > 0) return `${leaks.length} lines contain a secret:\n${leaks.slice(0, 10).join('\n')}`;
  if (denied.length > 0) return `AWS would deny ${denied.length} calls:\n${denied.slice(0, 10).join('\n')}`;
  return undefined;
}
