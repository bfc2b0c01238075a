import { type StoreOptions, startStore } from './server.ts';

/**
 * The store as a process of its own: options as JSON in PARTWAY_STORE_OPTIONS, `{"url": …}` on stdout when it is up.
 * It ends with its parent, whose death closes its stdin, so that no store is ever left behind.
 */
async function main(): Promise<void> {
  const options = parseOptions(process.env.PARTWAY_STORE_OPTIONS);
  // The secret has been read; nothing that is started from here needs to inherit it.
  delete process.env.PARTWAY_STORE_OPTIONS;
  const store = await startStore(options);
  console.log(JSON.stringify({ url: store.url }));
  const end = () => void store.close().then(() => process.exit(0));
  process.once('SIGTERM', end);
  process.stdin.once('end', end).once('error', end).resume();
}

/** JSON's own error would quote the text, and with it the secret. */
function parseOptions(text: string | undefined): StoreOptions {
  try {
    return JSON.parse(text ?? '');
  } catch {
    throw new Error('PARTWAY_STORE_OPTIONS is not JSON.');
  }
}

await main();
