import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Send } from '../api/auth.ts';

/**
 * Sends to the stack on this computer. `fetch` would take longer to load than all of `partway list`. Each call has its own
 * connection: on one computer that costs nothing, and the stack may end between two calls.
 */
export const byHttp: Send = async ({ method, url, body }, headers, signal) => {
  const request = httpRequest(url, { method, headers, signal, agent: false });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, text: await text(response) };
};
