import { Readable } from 'node:stream';
import { afterAll, beforeAll } from 'vitest';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { type Bench, BUCKET, openBench } from '../providers/bench.ts';
import type { PushWishes } from '../providers/push-trial.ts';
import { tempers } from '../providers/tempers/all.ts';
import type { Rule } from '../providers/tempers/temper.ts';

/** A bench with the provider whose SDK somebody used before. The provider behaves as its documents say. */
export function providerOf(name: string): () => Bench {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench(tempers.find((temper) => temper.name === name)!);
  });
  afterAll(() => bench.close());
  return () => bench;
}

/** Parses a request with only the required fields and `more`. The result has the defaults. */
export const askedFor = (more: Partial<TransferRequestInput> = {}) =>
  parseRequest({
    source: { endpoint: 'a', bucket: BUCKET, key: 'x' },
    target: { endpoint: 'b', bucket: BUCKET, key: 'y' },
    ...more,
  });

export type Begun = { readonly uploadId: string; readonly etags: string[] };

/** Begins an upload as an SDK leaves it: some parts are there, with numbers from 1, and no program works on it. */
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

/** The numbers of the sent parts, in the order in which the requests reached the store. */
export const partsSent = ({ proxy }: Bench, key: string): number[] =>
  proxy.asked(key, 'UploadPart').map(({ partNumber }) => partNumber);

/** Ends the command after this number of confirmed parts, as if its process were killed. */
export function killedAfter(parts: number): Pick<PushWishes, 'signal' | 'onProgress'> {
  const death = new AbortController();
  return {
    signal: death.signal,
    onProgress: ({ partsDone }) => {
      if (partsDone >= parts) death.abort(new Error('killed'));
    },
  };
}

/** Refuses a part `times` times. */
export function refusingPart(key: string, partNumber: number, times: number, status: number, code: string): Rule {
  let left = times;
  return {
    on: ['UploadPart'],
    refuse: (ask) => (ask.key === key && ask.partNumber === partNumber && left-- > 0 ? { status, code } : undefined),
  };
}

/** Counts the parts that are sent at the same time. Each is held for a moment, so that others can arrive meanwhile. */
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
