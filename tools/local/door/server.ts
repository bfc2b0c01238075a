import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type LocalServer = {
  /** 127.0.0.1 and the port. */
  readonly host: string;
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
};

type Options = {
  /** 0, or left out, takes a free one. */
  readonly port?: number;
  /** Whether it serves pages to a browser, which may then ask it for more. */
  readonly servesPages?: boolean;
  /** 0 keeps idle connections for ever. */
  readonly keepAliveMs?: number;
};

/**
 * The one way in which a service on this computer listens: on 127.0.0.1, for programs and not for web pages. A page can
 * send requests here too, also under a name of its own that its DNS turns to 127.0.0.1; its browser then writes that name
 * into Host, or the page's address into Origin. Such a request is refused before anything of it is read.
 */
export async function startLocalServer(answer: RequestListener, options: Options = {}): Promise<LocalServer> {
  const server = createServer((request, response) => {
    if (isForUs(request, (server.address() as AddressInfo | null)?.port, options)) answer(request, response);
    else refuse(response, (server.address() as AddressInfo | null)?.port);
  });
  if (options.keepAliveMs !== undefined) server.keepAliveTimeout = options.keepAliveMs;
  // Without a host it would listen on every interface.
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}` },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isForUs({ headers }: IncomingMessage, port: number | undefined, { servesPages = false }: Options): boolean {
  const { host, origin } = headers;
  // A person types localhost; no DNS outside of this computer is asked for that name.
  const ownHosts = [`127.0.0.1:${port}`, ...(servesPages ? [`localhost:${port}`] : [])];
  if (host === undefined || !ownHosts.includes(host)) return false;
  return origin === undefined || (servesPages && origin === `http://${host}`);
}

function refuse(response: ServerResponse, port: number | undefined): void {
  const message = `Forbidden: this server is called 127.0.0.1:${port} and nothing else, and no foreign page may ask it`;
  response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ message }));
}
