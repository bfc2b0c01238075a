import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/** A row of free ports on 127.0.0.1. They belong to this process until it releases them. */
export type PortBlock = { first: number; release(): void };

// Ceph's OSD chooses ports from a range, so each server gets one block of ports. All blocks end below 32768, because Linux
// takes the ports of outgoing connections from there on. So no connection takes a port between our check and the start.
const blockPorts = 50;
const lowestPort = 20_000;
const blockCount = 240;

/** Finds a block whose ports are all free. Its last port stays bound, which keeps other test runs on this machine out. */
export async function takePortBlock(): Promise<PortBlock> {
  // Two runs that start at the same moment begin their search in different places.
  for (let attempt = 0; attempt < blockCount; attempt++) {
    const first = lowestPort + ((process.pid * 2 + attempt) % blockCount) * blockPorts;
    const guard = await bind(first + blockPorts - 1);
    if (!guard) continue;
    if (await allFree(first, blockPorts - 1)) return { first, release: () => guard.close() };
    guard.close();
  }
  throw new Error(
    `No ${blockPorts} free ports in a row between ${lowestPort} and ${lowestPort + blockCount * blockPorts}.`,
  );
}

async function allFree(first: number, count: number): Promise<boolean> {
  const bound = await Promise.all(Array.from({ length: count }, (_, index) => bind(first + index)));
  await Promise.all(bound.map((server) => server && new Promise((closed) => server.close(closed))));
  return bound.every((server) => server !== undefined);
}

/** Undefined if another process has the port. */
async function bind(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1').unref();
  return once(server, 'listening').then(
    () => server,
    () => undefined,
  );
}
