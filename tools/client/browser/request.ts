import type { SignedWrite } from '../../../functions/transfer/push.ts';
import type { PartBody, PutOptions } from '../bytes.ts';
import { silenceMax, watchForSilence } from '../silence.ts';
import type { Answer } from '../store-answer.ts';

/** What we use of the browser's own: https://xhr.spec.whatwg.org. */
type Request = {
  readonly status: number;
  readonly responseText: string;
  readonly upload: { onprogress: (event: { readonly loaded: number }) => void; onload: () => void };
  onload: () => void;
  onerror: () => void;
  onabort: () => void;
  open(method: string, url: string): void;
  setRequestHeader(name: string, value: string): void;
  getResponseHeader(name: string): string | null;
  send(body: Blob | Uint8Array): void;
  abort(): void;
};
declare const XMLHttpRequest: new () => Request;

/** The browser tells no reason why there was no answer. `silence` is ours, as a clause. */
type NoAnswer = { readonly bytesMoved: number; readonly silence: string | undefined };

const ANSWER_CHARACTERS_MAX = 4_096;

/** One PUT by XMLHttpRequest, because fetch does not tell how much of a body was sent. Throws the signal's reason alone. */
export function request(
  { url, headers }: SignedWrite,
  { content }: PartBody,
  { signal, onBytes }: PutOptions,
): Promise<Answer | NoAnswer> {
  if (!content) throw new Error('A browser sends what is in memory or in a Blob.');
  signal.throwIfAborted();
  const sent = new XMLHttpRequest();
  let bytesMoved = 0;
  const silence = watchForSilence(silenceMax);
  const stop = () => sent.abort();
  const ended = new Promise<Answer | NoAnswer>((resolve, reject) => {
    const noAnswer = () => resolve({ bytesMoved, silence: silence.why() });
    sent.upload.onprogress = ({ loaded }) => {
      silence.moved();
      onBytes(loaded - bytesMoved);
      bytesMoved = loaded;
    };
    sent.upload.onload = silence.allSent;
    sent.onload = () => resolve(answerOf(sent));
    sent.onerror = noAnswer;
    sent.onabort = () => (signal.aborted ? reject(signal.reason) : noAnswer());
  });
  signal.addEventListener('abort', stop);
  silence.signal.addEventListener('abort', stop);
  sent.open('PUT', url);
  for (const [name, value] of Object.entries(headers)) sent.setRequestHeader(name, value);
  sent.send(content);
  return ended.finally(() => {
    silence.end();
    signal.removeEventListener('abort', stop);
  });
}

function answerOf(sent: Request): Answer {
  const etag = sent.getResponseHeader('etag')?.replace(/^(W\/)?"|"$/g, '');
  return { status: sent.status, etag, text: sent.responseText.slice(0, ANSWER_CHARACTERS_MAX) };
}
