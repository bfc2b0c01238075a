import type { AsPage } from '../engine/ports/clients.ts';
import { TransferError } from '../transfer/errors.ts';

const ANSWER_MS_MAX = 10_000;

/** Asks a store as a browser does for a page: fetch sends the header Origin as we give it, which a page cannot. */
export const asPage: AsPage = async ({ method, url, headers, body }) => {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    const response = await fetch(url, { method, headers, body: body ?? null, redirect: 'manual', signal });
    await response.body?.cancel();
    return { status: response.status, headers: Object.fromEntries(response.headers) };
  } catch (cause) {
    const code =
      cause instanceof Error && cause.cause instanceof Error && 'code' in cause.cause ? cause.cause.code : '';
    const said = { code: String(code) };
    // The URL is signed, so no message may show it.
    throw new TransferError('Unreachable', `${method} to ${new URL(url).host} got no answer.`, { cause, said });
  }
};
