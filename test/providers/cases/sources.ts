import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import { type Bench, BUCKET } from '../bench.ts';
import { failedAs, holds, same, succeeded } from '../claims.ts';
import { trialFrom } from '../trial.ts';
import type { Case } from './case.ts';

const PARTS = 5;
const content = () => randomBytes((PARTS - 1) * 1024 + 100);

/** Dates are exact to a second. Without an ETag, nobody could notice a change within the same second. */
const SECOND_MS = 1100;

export const source: Case = {
  name: 'source',
  claim: 'is read in ranges that are pinned to one generation, by ETag or by date',
  run: async (bench, key) => {
    const bytes = content();
    await bench.behind.putInParts(key, bytes, { ContentType: 'video/mp4', Metadata: { author: 'somebody' } });
    const trial = trialFrom(bench, key, { content: bytes });
    const end = await trial.copy();
    succeeded(end);
    holds('other bytes arrived', trial.world.to.get(BUCKET, key)?.equals(bytes) ?? false);
    const pin = end.transfer.source;
    holds('there is neither ETag nor date', (pin?.etag ?? pin?.modified) !== undefined);
    const reads = bench.proxy
      .asked(key, 'GetObject')
      .map(({ headers }) => [headers.range, headers['if-match']])
      .sort();
    const pinned = pin?.etag === undefined ? undefined : `"${pin.etag}"`;
    const ranges = Array.from({ length: PARTS }, (_, index) => index * 1024).map((first) => [
      `bytes=${first}-${Math.min(first + 1024, bytes.length) - 1}`,
      pinned,
    ]);
    same('reads', reads, ranges);
    const facts = await trial.world.to.inspect({ endpoint: 'b', bucket: BUCKET, key });
    same('content type', facts?.headers.contentType, 'video/mp4');
    same('metadata', facts?.metadata.author, 'somebody');
  },
};

export const changing: Case = {
  name: 'changing source',
  claim: 'may change as a source in the middle, and Partway notices it',
  run: async (bench, key) => {
    await bench.behind.putInParts(key, content());
    let reads = 0;
    const heal = bench.proxy.trouble({
      on: ['GetObject'],
      refuse: async (ask) => {
        if (ask.key === key && ++reads === 3) await rewrite(bench, key);
        return undefined;
      },
    });
    const end = await trialFrom(bench, key).copy();
    heal();
    failedAs(end, 'SourceChanged');
    same('state', end.transfer.state, 'aborted');
  },
};

async function rewrite({ behind, proxy }: Bench, key: string): Promise<void> {
  const byDate = proxy.asked(key, 'GetObject').every(({ headers }) => headers['if-match'] === undefined);
  if (byDate) await after(SECOND_MS);
  await behind.putInParts(key, content());
}

export const slowSource: Case = {
  name: 'slow source',
  claim: 'throttles in its own words as a source, and Partway slows down',
  run: async (bench, key) => {
    const bytes = content();
    await bench.behind.putInParts(key, bytes);
    const asked = { HeadObject: 0, GetObject: 0 };
    const heal = bench.proxy.trouble({
      on: Object.keys(asked),
      refuse: ({ key: named, operation }) => {
        if (named !== key) return undefined;
        const count = ++asked[operation as keyof typeof asked];
        const isAskedTooOften = operation === 'HeadObject' ? count <= 2 : count % 2 === 1;
        return isAskedTooOften ? bench.temper.throttle : undefined;
      },
    });
    const trial = trialFrom(bench, key, { content: bytes });
    const end = await trial.copy({ retry: { count: 2, intervalSeconds: 0 } });
    heal();
    succeeded(end);
    holds('other bytes arrived', trial.world.to.get(BUCKET, key)?.equals(bytes) ?? false);
  },
};
