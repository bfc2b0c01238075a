import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';

/**
 * Makes sure that one store at a time works in a directory: a second one would sweep up what the first is receiving.
 * A socket that is listened on does it, because nothing else ends with its process, however that ends.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true });
  // Not in the directory itself: the path of a socket is about a hundred bytes long at most. Nor where TMPDIR says:
  // the two may have been told different ones, and must meet.
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
