import { Readable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { type Bench, BUCKET, openBench } from '../providers/bench.ts';
import type { PushWishes } from '../providers/push-trial.ts';
import { tempers } from '../providers/tempers/all.ts';
import type { Rule } from '../providers/tempers/temper.ts';

/** What somebody who comes from a provider's SDK finds: that provider, as it is documented, behind its own socket. */
export function providerOf(name: string): () => Bench {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(tempers.find((temper) => temper.name === name)!);
  });
  afterAll(() => bench.close());
  return () => bench;
}

/** A request with nothing but what must be said; the defaults are in what comes back. */
export const askedFor = (more: Partial<TransferRequestInput> = {}) =>
  parseRequest({
    source: { endpoint: 'a', bucket: BUCKET, key: 'x' },
    target: { endpoint: 'b', bucket: BUCKET, key: 'y' },
    ...more,
  });

export type Begun = { readonly uploadId: string; readonly etags: string[] };

/** An upload as an SDK leaves it: some parts are there, numbered from 1 on the wire, and nobody is at work on it. */
export async function begunBySdk(bench: Bench, key: string, pieces: readonly Buffer[]): Promise<Begun> {
  const store = s3Target(bench.client(), bench.profile);
  const target = { endpoint: 'b', bucket: BUCKET, key };
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const uploadId = await store.beginUpload(write);
  const etags: string[] = [];
  for (const [index, piece] of pieces.entries()) {
    const part = { target, uploadId, partNumber: index + 1, bytes: piece.length };
    const body = Readable.from([piece], { objectMode: false });
    etags.push((await store.writePart(part, body, AbortSignal.timeout(60_000))).etag);
  }
  return { uploadId, etags };
}

/** Numbers of the parts that were sent, in the order in which the store was asked to take them. */
export const partsSent = ({ proxy }: Bench, key: string): number[] =>
  proxy.asked(key, 'UploadPart').map(({ partNumber }) => partNumber);

/** The command ends here when so many parts are confirmed, as when its process is killed. */
export function killedAfter(parts: number): Pick<PushWishes, 'signal' | 'onProgress'> {
  const death = new AbortController();
  return {
    signal: death.signal,
    onProgress: ({ partsDone }) => {
      if (partsDone >= parts) death.abort(new Error('killed'));
    },
  };
}

/** Says no to a part so many times. */
export function refusingPart(key: string, partNumber: number, times: number, status: number, code: string): Rule {
  let left = times;
  return {
    on: ['UploadPart'],
    refuse: (ask) => (ask.key === key && ask.partNumber === partNumber && left-- > 0 ? { status, code } : undefined),
  };
}

/** Counts how many parts are under way at once; each is held for a moment, so that others can come beside it. */
export function atOnce(key: string): { readonly rule: Rule; most(): number } {
  let [now, most] = [0, 0];
  const rule: Rule = {
    on: ['UploadPart'],
    refuse: async (ask) => {
      if (ask.key !== key) return undefined;
      most = Math.max(most, ++now);
      await new Promise((resolve) => setTimeout(resolve, 100));
      now -= 1;
      return undefined;
    },
  };
  return { rule, most: () => most };
}
