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
  /** The default, 0, means any free port. */
  readonly port?: number;
  /** Whether it serves pages to a browser. Then these pages may send it requests. */
  readonly servesPages?: boolean;
  /** Pages of these origins may send it requests too. */
  readonly allowOrigins?: readonly string[];
  /** 0 means that it never closes idle connections. */
  readonly keepAliveMs?: number;
};

/**
 * Every service on this computer listens in this way: on 127.0.0.1, for programs and not for web pages. A web page can
 * send requests to 127.0.0.1 too, or to its own host name, if its DNS points to 127.0.0.1. But its browser sends that
 * name as Host, and the page's address as Origin. We refuse such a request before we read its body.
 */
export async function startLocalServer(answer: RequestListener, options: Options = {}): Promise<LocalServer> {
  const server = createServer();
  if (options.keepAliveMs !== undefined) server.keepAliveTimeout = options.keepAliveMs;
  // Without a host name the server would listen on every network interface.
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.on('request', (request, response) => {
    if (isForUs(request, port, options)) answer(request, response);
    else refuse(response, port);
  });
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isForUs(
  { headers }: IncomingMessage,
  port: number,
  { servesPages = false, allowOrigins = [] }: Options,
): boolean {
  const { host, origin } = headers;
  // A person may type localhost. Browsers do not ask DNS for that name, so no page can have it.
  const ownHosts = [`127.0.0.1:${port}`, ...(servesPages ? [`localhost:${port}`] : [])];
  if (host === undefined || !ownHosts.includes(host)) return false;
  return origin === undefined || (servesPages && origin === `http://${host}`) || allowOrigins.includes(origin);
}

function refuse(response: ServerResponse, port: number): void {
  const message = `Forbidden: the only name of this server is 127.0.0.1:${port}, and it accepts no requests of web pages`;
  response.writeHead(403, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ message }));
}
