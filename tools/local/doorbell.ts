import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { Bus } from './bus.ts';
import type { BusEvent } from './machine/status-change.ts';

export type Doorbell = { readonly url: string; close(): Promise<void> };

/**
 * Where the stores ring when an object was put. It answers 200 only after the event has reached every target; until
 * then the store keeps the event and rings again. The path is secret, so that no web page can ring.
 */
export async function startDoorbell(bus: () => Bus): Promise<Doorbell> {
  const path = `/${randomUUID()}`;
  const server = createServer((request, response) => {
    if (request.method !== 'POST' || request.url !== path) return void response.writeHead(404).end();
    const delivered = json(request).then((event) => bus().deliver(event as BusEvent));
    delivered.then(
      () => response.writeHead(200).end(),
      () => response.writeHead(503).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
