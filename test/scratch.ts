import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * One folder for everything that a run writes, its child processes too: from now on it is the system's temporary folder.
 * What comes back takes it away.
 */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'partway-test-'));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}
