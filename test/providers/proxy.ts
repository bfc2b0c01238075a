import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { StoreError } from '../../tools/store/protocol/errors.ts';
import { listening } from '../listening.ts';
import { askOf, changedAsk } from './asked.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { type Sums, startSums } from './sums.ts';
import type { Ask, Refusal, Reply, Rule, Temper } from './tempers/temper.ts';
import type { Upstream } from './upstream.ts';

export type ProviderProxy = {
  readonly port: number;
  /** The requests about one key, in order. */
  readonly asked: Ledger['asked'];
  readonly begun: Ledger['begun'];
  /** Adds a rule before the provider's own rules. Returns the function that removes it. */
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
 * Makes a store behave like one provider: it refuses requests before the store gets them, changes requests to the store, and
 * changes the store's answers.
 */
export async function startProxy(options: Options): Promise<ProviderProxy> {
  const serving = { ...options, ledger: openLedger(), troubles: new Set<Rule>() };
  const server = createServer((request, response) => {
    serve(serving, request, response).catch(() => response.destroy());
  });
  const open = await listening(server);
  return {
    port: open.port,
    asked: serving.ledger.asked,
    begun: serving.ledger.begun,
    trouble: (rule) => {
      serving.troubles.add(rule);
      return () => void serving.troubles.delete(rule);
    },
    close: () => {
      options.upstream.close();
      return open.close();
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
  // The rules of a case change the answer last, because the client sees their result.
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

/** Computes checksums only for requests that make an object, while the store reads the same bytes. */
function checksumsOf({ operation }: Ask, request: IncomingMessage): (() => Sums) | undefined {
  if (operation !== 'UploadPart' && operation !== 'PutObject') return undefined;
  const sums = startSums();
  request.on('data', sums.update);
  request.pause(); // pipe() starts it again
  return sums.end;
}

/** Reads the whole body before it refuses. Another test covers how a client handles an early answer. */
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

/** Sets the length of a changed document. An answer to HEAD keeps the length of the object. */
function withLength({ headers, text }: Reply): Record<string, string> {
  const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...others } = headers;
  return text === undefined || text === '' ? others : { ...others, 'content-length': String(Buffer.byteLength(text)) };
}
