import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lockFolder } from '../leases/lock.ts';
import { answer } from './answer.ts';
import { checkBucketName } from './operations/buckets.ts';
import { newCounters } from './protocol/counters.ts';
import type { Store, StoreOptions } from './state/call.ts';
import { saveBucket } from './state/disk.ts';
import { loadDisk } from './state/loading.ts';
import { openOutbox } from './state/notifications.ts';
import { sequencerAfter } from './state/sequencer.ts';

export type { Around, StoreOptions } from './state/call.ts';
export type RunningStore = { readonly url: string; close(): Promise<void> };

// A part of 5 GiB may take hours over a slow network. The limit on idle time frees the socket of a client that sends
// nothing.
const REQUEST_MS_MAX = 6 * 60 * 60 * 1000;
const IDLE_MS_MAX = 5 * 60 * 1000;
// We keep an idle connection longer than clients do. So the client closes it, and no request meets a closing socket.
const KEEP_ALIVE_MS = 75_000;

/** Starts an S3 store for one account, on 127.0.0.1 only. Throws FolderInUse if another store works in the same directory. */
export async function startStore(options: StoreOptions): Promise<RunningStore> {
  const unlock = lockFolder(options.directory);
  try {
    const store = await openStore(options);
    const server = serve(store);
    const port = await listen(server, options.port);
    return { url: `http://127.0.0.1:${port}`, close: () => closeStore(store, server).finally(unlock) };
  } catch (error) {
    unlock();
    throw error;
  }
}

function serve(store: Store): Server {
  const server = createServer({ requestTimeout: REQUEST_MS_MAX, keepAliveTimeout: KEEP_ALIVE_MS });
  server.setTimeout(IDLE_MS_MAX);
  server.on('request', (request, response) => void answer(store, request, response));
  // With `Expect: 100-continue` an operation can refuse by the headers alone. If it reads the body, it asks for it then.
  server.on('checkContinue', (request, response) => void answer(store, request, response));
  server.on('clientError', (_error, socket) => socket.destroy());
  return server;
}

async function openStore(options: StoreOptions): Promise<Store> {
  const disk = await loadDisk(options.directory);
  for (const name of options.buckets) {
    checkBucketName(name);
    if (!disk.buckets.has(name)) await saveBucket(disk, { name, created: new Date().toISOString() });
  }
  return {
    options,
    disk,
    turns: new Map(),
    counters: newCounters(),
    outbox: options.notifyUrl === undefined ? undefined : await openOutbox(disk, options.notifyUrl),
    nextSequencer: sequencerAfter(disk, Date.now),
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

/** Cuts off running requests, as a crash would. But it finishes a write that has begun, so that a test can clean up. */
async function closeStore(store: Store, server: Server): Promise<void> {
  store.outbox?.close();
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
  await Promise.allSettled(store.turns.values());
}
