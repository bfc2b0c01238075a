import { type StoreOptions, startStore } from './server.ts';

/**
 * The store as a process of its own. It takes its options as JSON in PARTWAY_STORE_OPTIONS and prints `{"url": …}` on
 * stdout when it is up. When its parent dies, its stdin closes and it ends, so that no store is left behind.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.env.PARTWAY_STORE_OPTIONS);
  // We have read the secret. No process that is started from here needs to inherit it.
  delete process.env.PARTWAY_STORE_OPTIONS;
  const store = await startStore(options);
  console.log(JSON.stringify({ url: store.url }));
  const end = () => void store.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.stdin.once('end', end).once('error', end).resume();
}

/** JSON's own error would quote the text, and the secret with it. */
function parseOptions(text: string | undefined): StoreOptions {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new Error('PARTWAY_STORE_OPTIONS is not JSON.');
  }
}

await main();
