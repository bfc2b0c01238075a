import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';

/**
 * Makes sure that only one store works in a directory: a second one would remove what the first is receiving. The lock
 * is a socket that we listen on, because a socket always ends with its process.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  // The socket is not in the directory itself, because its path may have about a hundred bytes. It is not in TMPDIR
  // either, because two stores may have different ones and would not meet.
  const name = createHash('sha256')
    .update(await realpath(directory))
    .digest('hex')
    .slice(0, 32);
  const path = `/tmp/partway-store-${name}.sock`;
  if (await isListening(path)) throw new Error(`Another store is at work in ${directory}.`);
  await rm(path, { force: true });
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(path, resolve));
  server.unref();
  return () => closeServer(server);
}

function isListening(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
