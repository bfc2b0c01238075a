import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deniedBelow } from './authorization/denied.ts';
import { leaksBelow } from './leaks.ts';

/**
 * Makes one folder for everything that a run and its child processes write: from now on it is the system's temporary folder.
 * Returns a function that removes it. Before that, the function searches every log for secrets and for calls that AWS would
 * deny. If it finds one, it throws, and the run fails.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'partway-test-'));
  process.env.TMPDIR = folder;
  // The settings of the person who runs the tests would change the results.
  process.env.XDG_CONFIG_HOME = join(folder, 'no-settings');
  return () => {
    const leaks = leaksBelow(folder);
    const denied = deniedBelow(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    if (leaks.length > 0) throw new Error(`${leaks.length} lines contain a secret:\n${leaks.slice(0, 10).join('\n')}`);
    if (denied.length > 0) throw new Error(`AWS would deny ${denied.length} calls:\n${denied.slice(0, 10).join('\n')}`);
  };
}
