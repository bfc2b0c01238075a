import { type StoreOptions, startStore } from './server.ts';

/**
 * Runs the store as a separate process. It reads its options as JSON from PARTWAY_STORE_OPTIONS, and prints `{"url": …}`
 * on stdout when it is up. When its parent ends, its stdin closes and the store ends, so that no store is left behind.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.env.PARTWAY_STORE_OPTIONS);
  // We have read the secret. Child processes must not inherit it.
  delete process.env.PARTWAY_STORE_OPTIONS;
  const store = await startStore(options);
  console.log(JSON.stringify({ url: store.url }));
  const end = () => void store.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.stdin.once('end', end).once('error', end).resume();
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
