import { createServer } from 'node:net';

/**
 * The same port as the last time, or 0 (any) if another program took it meanwhile. Endpoints go by name, so nothing
 * breaks.
 */
export async function portOrAnother(port: number): Promise<number> {
  const probe = createServer();
  return new Promise((resolve) => {
    probe.once('error', () => resolve(0));
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)));
  });
}
