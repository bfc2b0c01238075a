import { createServer, type RequestListener } from 'node:http';
import { onTestFinished } from 'vitest';
import { type Listening, listening } from './listening.ts';

type Server = Parameters<typeof listening>[0];

/** Lets a server listen until the test ends. */
export async function listeningInTest(server: Server): Promise<Listening> {
  const open = await listening(server);
  onTestFinished(open.close);
  return open;
}

/** Starts an HTTP server that runs until the test ends. */
export function servingInTest(answer: RequestListener): Promise<Listening> {
  return listeningInTest(createServer(answer));
}
