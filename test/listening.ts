import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export type Listening = { readonly port: number; readonly url: string; close(): Promise<void> };

/** Lets a server of any kind listen on a free port of 127.0.0.1. `close` ends its connections too. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { port, url: `http://127.0.0.1:${port}`, close };
}

/** The same until the test ends. */
export async function listeningInTest(server: Server): Promise<Listening> {
  const open = await listening(server);
  onTestFinished(open.close);
  return open;
}

/** A server of HTTP, until the test ends. */
export function answeringInTest(answer: RequestListener): Promise<Listening> {
  return listeningInTest(createServer(answer));
}
