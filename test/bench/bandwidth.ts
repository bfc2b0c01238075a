/**
 * `node test/bench/bandwidth.ts` (after `npm run build`) copies an object between the two embedded stores under a limit, changes the limit
 * in the middle, and then pushes a file under a limit. It prints the rate that it saw in each ten seconds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { uploadFile } from '../../tools/client/node/client.ts';
import { localApi } from '../../tools/client/node/local-api.ts';
import { startStackProcess } from '../e2e/stack-process.ts';

type Sample = { readonly ms: number; readonly bytes: number };

const WINDOW_MS = 10_000;
const folder = mkdtempSync(join(tmpdir(), 'partway-bandwidth-'));
const content = randomBytes(512 * MiB);
const stack = await startStackProcess(join(folder, 'home'));
try {
  await stack.store('a').send(new PutObjectCommand({ Bucket: 'data', Key: 'x', Body: content }));
  const { transferId } = await stack.api.start({
    source: { endpoint: 'a', bucket: 'data', key: 'x' },
    target: { endpoint: 'b', bucket: 'data', key: 'y' },
    partBytes: 8 * MiB,
    bandwidthBytesPerSecond: 20 * MiB,
  });
  const before = await watched(transferId, (seconds) => seconds < 15);
  await stack.api.resume(transferId, { bandwidthBytesPerSecond: 8 * MiB });
  await after(2_000);
  const changed = await watched(transferId, (seconds) => seconds < 15);
  tell('copy', before, 20);
  tell('copy, from 2 s after the resume on,', changed, 8);
  await stack.api.resume(transferId, { bandwidthBytesPerSecond: null });
  const path = join(folder, 'file');
  writeFileSync(path, content.subarray(0, 256 * MiB));
  const pushed: Sample[] = [];
  await uploadFile({
    api: localApi(join(folder, 'home')),
    source: path,
    target: { endpoint: 'b', bucket: 'data', key: 'z' },
    partBytes: 8 * MiB,
    bandwidthBytesPerSecond: 16 * MiB,
    onProgress: ({ state, bytesDone }) => {
      if (state === 'pushing') pushed.push({ ms: performance.now(), bytes: bytesDone });
    },
  });
  tell('push', pushed, 16);
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Samples of what was sent, as long as it is wanted. Begins when bytes move. */
async function watched(id: string, isWanted: (seconds: number) => boolean): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (;;) {
    const { progress, state } = await stack.api.describe(id);
    const bytes = progress.bytesSent;
    const first = samples[0];
    const ms = performance.now();
    if (bytes > 0) samples.push({ ms, bytes });
    if (state === 'copied' || (first && !isWanted((ms - first.ms) / 1000))) return samples;
    await after(100);
  }
}

function tell(what: string, samples: readonly Sample[], mib: number): void {
  const rates = samples.flatMap((from) => {
    const until = samples.find(({ ms }) => ms >= from.ms + WINDOW_MS);
    return until ? [((until.bytes - from.bytes) / MiB / (until.ms - from.ms)) * 1000] : [];
  });
  const [first, last] = [samples[0], samples.at(-1)];
  const mean = first && last ? ((last.bytes - first.bytes) / MiB / (last.ms - first.ms)) * 1000 : 0;
  const [least, most] = [Math.min(...rates), Math.max(...rates)].map((rate) => rate.toFixed(2));
  const windows = `${least} to ${most} MiB/s in ${rates.length} windows of 10 s`;
  console.log(`${what} of at most ${mib}: ${mean.toFixed(2)} MiB/s on the whole, ${windows}`);
}
