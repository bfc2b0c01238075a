import { statSync } from 'node:fs';

const OTHERS = 0o077;

/**
 * A person writes settings.json with keys of stores, and editors make files that everybody may read. `undefined`: only
 * its owner may read it, or there is none.
 */
export function sharedText(path: string | undefined): string | undefined {
  if (path === undefined || process.platform === 'win32' || (modeOf(path) & OTHERS) === 0) return undefined;
  return `${path} has keys of stores, and other users of this computer may read it. To keep it private: chmod 600 ${path}`;
}

/** Of a file that may not be looked at, its reader says so. */
function modeOf(path: string): number {
  try {
    return statSync(path).mode;
  } catch {
    return 0;
  }
}
