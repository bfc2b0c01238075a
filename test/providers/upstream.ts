import { type Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { Reply } from './tempers/temper.ts';

/** What the store answered; `body` where it is an object's bytes, which nobody holds in memory. */
export type Forwarded = { readonly reply: Reply; readonly body: IncomingMessage | undefined };

type Outgoing = {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly storeUrl: string;
  readonly agent: Agent;
};

export async function forward(
  { method, path, query, headers, storeUrl, agent }: Outgoing,
  body: Readable | Buffer,
  isObject: boolean,
): Promise<Forwarded> {
  const search = Object.entries(query).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  );
  const { hostname, port } = new URL(storeUrl);
  const target = search.length === 0 ? path : `${path}?${search.join('&')}`;
  const outgoing = httpRequest({ hostname, port, method, path: target, headers, agent });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  const sent = pipeline(body instanceof Readable ? body : [body], outgoing);
  const [answer] = await Promise.all([answered, sent]);
  const { statusCode: status = 0 } = answer;
  const told = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
  if (isObject && status < 300) return { reply: { status, headers: told, text: undefined }, body: answer };
  return { reply: { status, headers: told, text: await text(answer) }, body: undefined };
}
