import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { crc32 } from 'node:zlib';
import { TransferError } from '../../../functions/transfer/errors.ts';
import type { SignedWrite } from '../../../functions/transfer/push.ts';
import type { Put } from '../bytes.ts';
import { type Answer, refusal } from '../store-answer.ts';

const SILENCE_MS_MAX = 30_000;
const ANSWER_CHARACTERS_MAX = 4_096;
const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/** Sends one part over node:http, as `Put` says. */
export const put: Put = async (signed, body, { withMd5, signal, onBytes }) => {
  const silence = new AbortController();
  const either = AbortSignal.any([signal, silence.signal]);
  const watchdog = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  const request = begin(signed, body.bytes, either);
  const answered = answerOf(request);
  // We await it below. Until then, Node must not end this process because nobody handles a failure.
  answered.catch(() => {});
  try {
    const md5 = withMd5 ? createHash('md5') : undefined;
    let crc = 0;
    for await (const piece of body.open(either)) {
      crc = crc32(piece, crc);
      md5?.update(piece);
      // The next piece uses the same memory, so this one must have left before.
      const early = await Promise.race([written(request, piece), answered]);
      if (early) throw refusal(early);
      watchdog.refresh();
      onBytes(piece.length);
    }
    request.end();
    const { status, etag, text } = await answered;
    // QingStor answers 201.
    if (status < 200 || status >= 300) throw refusal({ status, text });
    if (etag === undefined) throw new TransferError('Unreachable', 'The store answered without an ETag.');
    return { etag, crc32: crc, md5: md5?.digest('hex') };
  } catch (error) {
    request.destroy();
    signal.throwIfAborted();
    if (error instanceof TransferError) throw error;
    const why = silence.signal.aborted ? `nothing moved for ${SILENCE_MS_MAX / 1000} s` : codeOf(error);
    throw new TransferError('Unreachable', `The store at ${new URL(signed.url).host} did not take the bytes: ${why}.`, {
      cause: error,
    });
  } finally {
    clearTimeout(watchdog);
  }
};

function begin({ url, headers }: SignedWrite, bytes: number, signal: AbortSignal): ClientRequest {
  const options = { method: 'PUT', headers: { ...headers, 'content-length': bytes }, signal };
  return url.startsWith('https:')
    ? httpsRequest(url, { ...options, agent: agents.https })
    : httpRequest(url, { ...options, agent: agents.http });
}

function written(request: ClientRequest, piece: Uint8Array): Promise<undefined> {
  return new Promise((resolve, reject) => {
    request.write(piece, (error) => (error ? reject(error) : resolve(undefined)));
  });
}

async function answerOf(request: ClientRequest): Promise<Answer> {
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += text.length < ANSWER_CHARACTERS_MAX ? chunk : '';
  return { status: response.statusCode ?? 0, etag: response.headers.etag?.replace(/^(W\/)?"|"$/g, ''), text };
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}
