import { createMD5 } from 'hash-wasm';
import { TransferError } from '../../../functions/transfer/errors.ts';
import type { SignedWrite } from '../../../functions/transfer/push.ts';
import { localErrors } from '../../failures/local-errors.ts';
import { PartwayError } from '../api/partway-error.ts';
import type { PartBody, Put, PutOptions } from '../bytes.ts';
import { type Answer, refusal } from '../store-answer.ts';
import { crc32 } from './crc32.ts';
import { request } from './request.ts';

declare const location: { readonly origin: string };

/** Stores that have answered this page: what they do not answer later is no matter of CORS. */
const answered = new Set<string>();

/**
 * Sends one part, as `Put` says. The part is read first, to sum it; the browser reads it again when it sends it, so that it
 * is never in memory as a whole. Throws CorsRefused too.
 */
export const put: Put = async (signed, body, options) => {
  const { signal, withMd5 } = options;
  const md5 = withMd5 ? await createMD5() : undefined;
  let crc = 0;
  for await (const piece of body.open(signal)) {
    crc = crc32(piece, crc);
    md5?.update(piece);
  }
  const { status, etag, text } = await send(signed, body, options);
  if (status < 200 || status >= 300) throw refusal({ status, text });
  if (etag === undefined) throw corsRefused(signed, 'does not show this page the ETag of its answer');
  return { etag, crc32: crc, md5: md5?.digest('hex') };
};

/** A browser does not tell why there is no answer. So we ask what else it can tell. */
async function send(signed: SignedWrite, body: PartBody, options: PutOptions): Promise<Answer> {
  const { host } = new URL(signed.url);
  // A browser sends a part as a whole, so a page can only wait before it.
  await options.limit?.pass(body.bytes, options.signal);
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await request(signed, body, options);
    if ('status' in outcome) {
      answered.add(host);
      return outcome;
    }
    // A preflight that was refused lets no byte pass. But a network may also have come back in this moment.
    const mayBeCors = outcome.bytesMoved === 0 && !outcome.silence && !answered.has(host);
    if (!mayBeCors || !(await isThere(signed))) {
      const why = outcome.silence ?? 'the connection failed';
      throw new TransferError('Unreachable', `The store at ${host} did not take the bytes: ${why}.`);
    }
    if (attempt === 2) throw corsRefused(signed, 'does not let this page send');
  }
}

/** Whether the store's host answers anything: without CORS a page cannot see what. */
async function isThere({ url }: SignedWrite): Promise<boolean> {
  return fetch(new URL(url).origin, { method: 'HEAD', mode: 'no-cors', cache: 'no-store' }).then(
    () => true,
    () => false,
  );
}

function corsRefused({ url }: SignedWrite, what: string): PartwayError {
  const page = location.origin;
  const message = `The store at ${new URL(url).host} ${what}: the CORS rules of its bucket do not allow it to ${page}.`;
  return new PartwayError({ name: 'CorsRefused', message, next: localErrors.CorsRefused }, { reached: false });
}
