import { type Agent, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Reply } from './tempers/temper.ts';

/** The answer of the store. If it has an object's bytes, `body` streams them. */
export type Forwarded = { readonly reply: Reply; readonly body: IncomingMessage | undefined };

type Outgoing = {
  readonly method: string;
  /** The path and the query, encoded as they are sent. */
  readonly target: string;
  readonly headers: OutgoingHttpHeaders;
  readonly url: string;
  readonly agent: Agent;
};

export async function forward(
  { method, target, headers, url, agent }: Outgoing,
  body: IncomingMessage | Buffer,
  isObject: boolean,
): Promise<Forwarded> {
  const { hostname, port } = new URL(url);
  const outgoing = httpRequest({ hostname, port, method, path: target, headers, agent });
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).on('error', reject);
    if (Buffer.isBuffer(body)) outgoing.end(body);
    else sendOn(body, outgoing);
  });
  const { statusCode: status = 0 } = answer;
  const told = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]));
  if (isObject && status < 300) return { reply: { status, headers: told, text: undefined }, body: answer };
  return { reply: { status, headers: told, text: await text(answer) }, body: undefined };
}

/** A store may refuse before it has read the body. Then this reads and drops the rest, as the store would. */
function sendOn(body: IncomingMessage, outgoing: ReturnType<typeof httpRequest>): void {
  body.pipe(outgoing);
  body.once('close', () => body.complete || outgoing.destroy());
  outgoing.once('close', () => {
    body.unpipe(outgoing);
    body.resume();
  });
}
