import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { StoreError } from '../../tools/store/protocol/errors.ts';
import { askOf, changedAsk } from './asked.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type Sums, startSums } from './sums.ts';
import type { Ask, Refusal, Reply, Rule, Temper } from './tempers/temper.ts';
import type { Upstream } from './upstream.ts';

export type ProviderProxy = {
  readonly port: number;
  /** What was asked of one key, in order. */
  readonly asked: Ledger['asked'];
  readonly begun: Ledger['begun'];
  /** One more rule, before the provider's own; the function that comes back takes it away. */
  trouble(rule: Rule): () => void;
  close(): Promise<void>;
};

type Options = {
  readonly temper: Temper;
  readonly upstream: Upstream;
  readonly bytesAt: (key: string) => Promise<number | undefined>;
};

type Serving = Options & { readonly ledger: Ledger; readonly troubles: Set<Rule> };

/**
 * The store behind it as one provider is: refuses before the store is asked, changes what goes on to it, and changes what
 * comes back.
 */
export async function startProxy(options: Options): Promise<ProviderProxy> {
  const serving = { ...options, ledger: openLedger(), troubles: new Set<Rule>() };
  const server = createServer((request, response) => {
    serve(serving, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked: serving.ledger.asked,
    begun: serving.ledger.begun,
    trouble: (rule) => {
      serving.troubles.add(rule);
      return () => void serving.troubles.delete(rule);
    },
    close: () => {
      options.upstream.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      return closed;
    },
  };
}

async function serve(serving: Serving, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { temper, upstream } = serving;
  let ask: Ask | undefined;
  try {
    ask = await askOf(request, { ...serving, path: upstream.path });
    const rules = [...serving.troubles, ...temper.rules].filter(({ on }) => on === '*' || on.includes(ask!.operation));
    await upstream.authorize(request);
    const refusal = await firstRefusal(rules, ask);
    if (refusal === 'hang up') return void response.destroy();
    if (refusal) return await refuse(serving, { ask, request, response, refusal });
    await passOn(serving, rules, { ask, request, response });
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    await refuse(serving, { ask, request, response, refusal: temper.codes?.[error.code] ?? error });
  }
}

async function firstRefusal(rules: readonly Rule[], ask: Ask): Promise<Refusal | 'hang up' | undefined> {
  for (const rule of rules) {
    const verdict = await rule.refuse?.(ask);
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}

type Exchange = { readonly ask: Ask; readonly request: IncomingMessage; readonly response: ServerResponse };

async function passOn(serving: Serving, rules: readonly Rule[], { ask, request, response }: Exchange): Promise<void> {
  const sent = changedAsk(
    ask,
    rules.flatMap(({ change }) => change ?? []),
  );
  const sums = checksumsOf(ask, request);
  const { reply, body } = await serving.upstream.forward(sent, request);
  if (reply.status < 300) serving.ledger.done(ask, reply, sums?.());
  const error = /<Code>(\w+)<\/Code>/.exec(reply.text ?? '')?.[1] ?? '';
  const renamed = reply.status >= 400 ? serving.temper.codes?.[error] : undefined;
  if (renamed) return refuse(serving, { ask, request, response, refusal: renamed });
  let told: Reply = reply;
  // A case's own come last here, as the client is the last to see the answer.
  const isTrouble = (rule: Rule) => Number(serving.troubles.has(rule));
  for (const rule of rules.toSorted((one, other) => isTrouble(one) - isTrouble(other))) {
    const answer = rule.answer?.(told, ask) ?? told;
    if (answer === 'hang up') return void response.destroy();
    told = answer;
  }
  note(serving, ask, told.status);
  response.writeHead(told.status, withLength(told));
  if (body) await pipeline(body, response);
  else response.end(told.text ?? '');
}

/** Only what makes an object has checksums; the store behind reads the bytes at the same time. */
function checksumsOf({ operation }: Ask, request: IncomingMessage): (() => Sums) | undefined {
  if (operation !== 'UploadPart' && operation !== 'PutObject') return undefined;
  const sums = startSums();
  request.on('data', sums.update);
  request.pause(); // whoever pipes it starts it again
  return sums.end;
}

/** The whole body is taken before it is refused: what a client makes of an early answer is another test's business. */
async function refuse(
  serving: Serving,
  { ask, request, response, refusal }: Partial<Exchange> & Omit<Exchange, 'ask'> & { readonly refusal: Refusal },
): Promise<void> {
  if (!request.readableEnded) {
    request.resume();
    await new Promise((resolve) => request.once('end', resolve).once('close', resolve));
  }
  const { contentType, text } = serving.temper.errorBody?.(refusal) ?? xmlOf(refusal);
  if (ask) note(serving, ask, refusal.status);
  response.writeHead(refusal.status, { 'content-type': contentType });
  response.end(request.method === 'HEAD' ? undefined : text);
}

function xmlOf({ code, message = '' }: Refusal): { contentType: string; text: string } {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { contentType: 'application/xml', text };
}

function note({ ledger }: Serving, { operation, key, partNumber, headers, query }: Ask, status: number): void {
  ledger.note({ operation, key, partNumber, headers, query, status });
}

/** A document that was changed has another length; the length of an object is told by HEAD as well. */
function withLength({ headers, text }: Reply): Record<string, string> {
  const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...others } = headers;
  return text === undefined || text === '' ? others : { ...others, 'content-length': String(Buffer.byteLength(text)) };
}
