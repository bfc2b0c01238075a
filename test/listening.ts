import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';

export type Listening = {
  readonly port: number;
  readonly url: string;
  /** Ends all connections. The server still accepts new ones. */
  hangUp(): void;
  /** Ends all connections and accepts no new ones. */
  close(): Promise<void>;
};

/** Lets a server of any kind listen on a free port of 127.0.0.1. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket.once('close', () => sockets.delete(socket))));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const hangUp = () => {
    for (const socket of sockets) socket.destroy();
  };
  const close = async () => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    hangUp();
    await closed;
  };
  return { port, url: `http://127.0.0.1:${port}`, hangUp, close };
}
