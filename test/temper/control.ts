import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { StoreError } from '../../tools/store/protocol/errors.ts';
import type { Reply } from '../../tools/store/state/call.ts';
import type { RunningTemper } from './rules.ts';

export const TEMPER_PATH = '/-/temper';

/** GET returns the rules and all requests so far. PUT replaces the rules. Neither needs a signature, like the counters. */
export async function temperReply(temper: RunningTemper, request: IncomingMessage): Promise<Reply> {
  if (request.method === 'PUT') temper.change(parseJson(await text(request)));
  else if (request.method !== 'GET') throw new StoreError('MethodNotAllowed');
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    text: JSON.stringify(temper.describe()),
  };
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new StoreError('InvalidArgument', { message: 'A temper is JSON.' });
  }
}
