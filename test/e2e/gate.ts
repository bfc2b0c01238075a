import { connect, createServer } from 'node:net';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { listening } from '../listening.ts';

export type Gate = {
  readonly url: string;
  /** Lets everything through, from now on. */
  open(): void;
  close(): Promise<void>;
};

/** A way to a server that lets so many bytes through and holds what comes after, so that a transfer stops half-way for as long as a test needs. */
export async function startGate(serverUrl: string, bytes: number): Promise<Gate> {
  const { hostname, port } = new URL(serverUrl);
  const opened = Promise.withResolvers<void>();
  let passed = 0;
  const held = () =>
    new Transform({
      transform(chunk: Buffer, _encoding, done) {
        passed += chunk.length;
        if (passed <= bytes) done(null, chunk);
        else void opened.promise.then(() => done(null, chunk));
      },
    });
  const server = createServer((from) => {
    const to = connect(Number(port), hostname);
    // Either end may hang up; the other one is told by being closed.
    pipeline(from, held(), to).catch(() => from.destroy());
    pipeline(to, from).catch(() => to.destroy());
  });
  const { url, close } = await listening(server);
  return { url, open: opened.resolve, close };
}
