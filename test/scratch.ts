import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deniedBelow } from './authorization/denied.ts';
import { leaksBelow } from './leaks.ts';

/**
 * One folder for everything that a run writes, its child processes too: from now on it is the system's temporary folder.
 * What comes back takes it away, after it has searched every log for secrets and for calls that AWS would deny: it throws when
 * it finds one, which fails the run.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'partway-test-'));
  process.env.TMPDIR = folder;
  return () => {
    const leaks = leaksBelow(folder);
    const denied = deniedBelow(folder);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    if (leaks.length > 0) throw new Error(`${leaks.length} lines hold a secret:\n${leaks.slice(0, 10).join('\n')}`);
    if (denied.length > 0) throw new Error(`AWS would deny ${denied.length} calls:\n${denied.slice(0, 10).join('\n')}`);
  };
}
