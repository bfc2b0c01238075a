import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { HttpResponse } from '@smithy/protocol-http';
import { type Get, plainGets } from './plain-get.ts';

// Two sockets for each part that one Lambda may have under way (at most 16), and some for small requests.
const SOCKETS_MAX = 40;

// On AWS, a Complete of 10,000 parts takes minutes, and AWS sends white space in that time. So a silence of this length
// is a failure.
const SILENCE_MS_MAX = 120_000;

type Handle = NodeHttpHandler['handle'];
type Request = Parameters<Handle>[0];
type Options = NonNullable<Parameters<Handle>[1]>;

/**
 * How the SDK sends requests. The body of a GET with a range is read by our own reader, since it needs a third of the
 * CPU. Everything else goes through the SDK's handler.
 */
export function storeRequestHandler(): Pick<NodeHttpHandler, keyof NodeHttpHandler> {
  // The agents of the SDK would open a new connection for every part.
  const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
  const others = new NodeHttpHandler({
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
    connectionTimeout: 10_000,
    socketTimeout: SILENCE_MS_MAX,
  });
  const gets = plainGets();
  return {
    metadata: others.metadata,
    updateHttpClientConfig: (key, value) => others.updateHttpClientConfig(key, value),
    httpHandlerConfigs: () => others.httpHandlerConfigs(),
    handle: async (request: Request, options: Options = {}) => {
      const isRange = request.method === 'GET' && request.headers.range !== undefined;
      const answer = isRange ? await gets.get(plainGetOf(request, options)) : undefined;
      return answer ? { response: new HttpResponse(answer) } : others.handle(request, options);
    },
    destroy: () => {
      gets.destroy();
      others.destroy();
    },
  };
}

function plainGetOf({ protocol, hostname, port, path, query, headers }: Request, { abortSignal }: Options): Get {
  const isSecure = protocol === 'https:';
  const origin = {
    protocol: isSecure ? ('https:' as const) : ('http:' as const),
    hostname: hostname.replace(/^\[|\]$/g, ''),
    port: port ?? (isSecure ? 443 : 80),
  };
  return { origin, path: path + queryText(query), headers, signal: abortSignal as AbortSignal | undefined };
}

function queryText(query: Request['query']): string {
  const fields = Object.entries(query ?? {}).flatMap(([name, values]) =>
    [values].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value ?? '')}`),
  );
  return fields.length > 0 ? `?${fields.join('&')}` : '';
}
