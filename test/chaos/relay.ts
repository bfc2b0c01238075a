import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../listening.ts';

/** Another address of a store, which counts what clients send to it. */
export type Relay = { readonly url: string; bytesIn(): number; close(): Promise<void> };

/** Passes all bytes on as they are, in both directions. What a client that is killed had sent by then is counted too. */
export async function relayTo(storeUrl: string): Promise<Relay> {
  const { hostname, port, pathname } = new URL(storeUrl);
  let bytesIn = 0;
  const server = createServer((client: Socket) => {
    const store = connect(Number(port), hostname);
    client.on('data', (chunk) => {
      bytesIn += chunk.length;
    });
    client.pipe(store);
    store.pipe(client);
    const end = () => void [client.destroy(), store.destroy()];
    for (const socket of [client, store]) socket.on('error', end).on('close', end);
  });
  const { url, close } = await listening(server);
  return { url: `${url}${pathname.replace(/\/$/, '')}`, bytesIn: () => bytesIn, close };
}
