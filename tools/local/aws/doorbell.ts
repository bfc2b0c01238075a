import { randomUUID } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { startLocalServer } from '../door/server.ts';
import type { BusEvent } from '../machine/status-change.ts';
import type { Bus } from './bus.ts';

export type Doorbell = { readonly url: string; close(): Promise<void> };

/**
 * A store calls the doorbell when it has a new object. The doorbell answers 200 only after the event has reached every
 * target. Until then the store keeps the event and tries again. The path is secret, so that nobody else can call it.
 */
export async function startDoorbell(bus: () => Bus): Promise<Doorbell> {
  const path = `/${randomUUID()}`;
  const server = await startLocalServer((request, response) => {
    if (request.method !== 'POST' || request.url !== path) return void response.writeHead(404).end();
    const delivered = json(request).then((event) => bus().deliver(event as BusEvent));
    delivered.then(
      () => response.writeHead(200).end(),
      () => response.writeHead(503).end(),
    );
  });
  return { url: server.url + path, close: server.close };
}
