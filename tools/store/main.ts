import { setTimeout as after } from 'node:timers/promises';
import { diskFull, LocalError } from '../failures/local-errors.ts';
import { type RunningStore, type StoreOptions, startStore } from './server.ts';

// The store of a stack that was killed hears of that at once, but ends only when its last write is on the disk.
const DIRECTORY_IN_USE_MS_MAX = 10_000;
const LOOK_EVERY_MS = 100;

/**
 * Runs the store as a separate process. It reads its options as JSON from PARTWAY_STORE_OPTIONS, and prints `{"url": …}`
 * on stdout when it is up, or `{"failed": …}` if it cannot start. When its parent ends, its stdin closes and the store ends, so that no store is left behind.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.env.PARTWAY_STORE_OPTIONS);
  // We have read the secret. Child processes must not inherit it.
  delete process.env.PARTWAY_STORE_OPTIONS;
  const store = await startWhenFree(options).catch(tellFailure);
  if (!store) return;
  console.log(JSON.stringify({ url: store.url }));
  const end = () => void store.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.stdin.once('end', end).once('error', end).resume();
}

/** The stack that started us reads it, and tells it in the same words. */
function tellFailure(error: unknown): undefined {
  const known = error instanceof LocalError ? error : diskFull(error);
  if (!known) throw error;
  console.log(JSON.stringify({ failed: { name: known.name, message: known.message } }));
  process.exitCode = 2;
}

async function startWhenFree(options: StoreOptions): Promise<RunningStore> {
  const giveUpMs = Date.now() + DIRECTORY_IN_USE_MS_MAX;
  for (;;) {
    try {
      return await startStore(options);
    } catch (error) {
      const isInUse = error instanceof LocalError && error.name === 'FolderInUse';
      if (!isInUse || Date.now() > giveUpMs) throw error;
      await after(LOOK_EVERY_MS);
    }
  }
}

/** Throws its own error, because JSON's error would quote the text, and the text contains the secret. */
function parseOptions(text: string | undefined): StoreOptions {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new Error('PARTWAY_STORE_OPTIONS is not JSON.');
  }
}

await main();
