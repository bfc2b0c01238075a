import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { crc32 } from 'node:zlib';
import type { Limiter } from '../../../functions/engine/batch/limiter.ts';
import { TransferError } from '../../../functions/transfer/errors.ts';
import type { SignedWrite } from '../../../functions/transfer/push.ts';
import { KiB } from '../../../functions/transfer/values/sizes.ts';
import type { Put } from '../bytes.ts';
import { type SilenceLimits, silenceMax, watchForSilence } from '../silence.ts';
import { type Answer, refusal } from '../store-answer.ts';

const ANSWER_CHARACTERS_MAX = 4_096;
// A slow line shows with each slice that it moves. A fast one gets whole pieces, since each write costs CPU.
const SLICE_BYTES_FIRST = 64 * KiB;
const SLICE_BYTES_MIN = 4 * KiB;
const FAST_MS = 100;
const SLOW_MS = 2_000;
const agents = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };

/** Sends one part over node:http, as `Put` says. */
export const put: Put = putWithin(silenceMax);

/** `put`, with limits of its own on how long nothing may move. */
export function putWithin(limits: SilenceLimits): Put {
  return async (signed, body, { withMd5, signal, limit, onBytes }) => {
    const silence = watchForSilence(limits);
    const either = AbortSignal.any([signal, silence.signal]);
    const request = begin(signed, body.bytes, either);
    const answered = answerOf(request);
    // We await it below. Until then, Node must not end this process because nobody handles a failure.
    answered.catch(() => {});
    const slices = slicesInto(request, limit, either);
    try {
      const md5 = withMd5 ? createHash('md5') : undefined;
      let crc = 0;
      for await (const piece of body.open(either)) {
        crc = crc32(piece, crc);
        md5?.update(piece);
        // The next piece uses the same memory, so this one must have left before.
        for (let at = 0; at < piece.length; ) {
          const early = await Promise.race([slices.next(piece, at), answered]);
          if (typeof early !== 'number') throw refusal(early);
          at += early;
          silence.moved();
          onBytes(early);
        }
      }
      request.end();
      silence.allSent();
      const { status, etag, text } = await answered;
      // QingStor answers 201.
      if (status < 200 || status >= 300) throw refusal({ status, text });
      if (etag === undefined) throw new TransferError('Unreachable', 'The store answered without an ETag.');
      return { etag, crc32: crc, md5: md5?.digest('hex') };
    } catch (error) {
      request.destroy();
      signal.throwIfAborted();
      if (error instanceof TransferError) throw error;
      throw notTaken(signed, silence.why() ?? codeOf(error), error);
    } finally {
      silence.end();
    }
  };
}

/** Writes a piece slice by slice, and gives how many bytes have left. */
function slicesInto(request: ClientRequest, limit: Limiter | undefined, signal: AbortSignal) {
  let sliceBytes = SLICE_BYTES_FIRST;
  return {
    next: async (piece: Uint8Array, at: number): Promise<number> => {
      const slice = piece.subarray(at, at + Math.min(sliceBytes, limit?.pieceBytesMax() ?? sliceBytes));
      if (limit?.isOn()) await limit.pass(slice.length, signal);
      const beganMs = performance.now();
      await written(request, slice);
      const tookMs = performance.now() - beganMs;
      if (tookMs < FAST_MS && slice.length === sliceBytes) sliceBytes = Math.min(2 * sliceBytes, piece.length);
      if (tookMs > SLOW_MS) sliceBytes = Math.max(sliceBytes / 2, SLICE_BYTES_MIN);
      return slice.length;
    },
  };
}

function notTaken({ url }: SignedWrite, why: string, cause: unknown): TransferError {
  return new TransferError('Unreachable', `The store at ${new URL(url).host} did not take the bytes: ${why}.`, {
    cause,
  });
}

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
