/**
 * `node test/bench/server-copy.ts [ceph] [swift] [--gib 1]` measures what a copy inside one store costs us, compared with a
 * stream through us. It uses the engine's relay and the adapters, with parts of 64 MiB, four at once. The store is a separate
 * process.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { relay } from '../../functions/engine/batch/relay.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { PartAtTarget, WriteAnswer } from '../../functions/transfer/at-stores.ts';
import { type Plan, partLength, partRange } from '../../functions/transfer/plan.ts';
import { GiB, MiB } from '../../functions/transfer/values/sizes.ts';
import { startStoreProcess } from '../../tools/local/store-process.ts';
import { storeAt } from '../conformance/s3-store.ts';
import type { StoreUnderTest } from '../conformance/store/under-test.ts';
import { setup as takeScratch } from '../scratch.ts';
import { type ServerName, serverNames, startServer } from '../servers/servers.ts';
import { pieces } from './pieces.ts';

const PART_BYTES = 64 * MiB;
const LANES = 4;
const signal = new AbortController().signal;
process.on('exit', takeScratch());
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { gib: { type: 'string', default: '1' } },
});
const objectBytes = Math.round(Number(values.gib) * GiB);
const plan: Plan = { objectBytes, partBytes: PART_BYTES, partCount: Math.ceil(objectBytes / PART_BYTES) };

await onEmbedded();
for (const name of serverNames.filter((each) => positionals.includes(each))) await onServer(name);

async function onEmbedded(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'partway-bench-'));
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' };
  const server = await startStoreProcess({ directory, port: 0, ...keys, buckets: [] });
  await measure('embedded', await storeAt(profiles.aws, { url: server.url, ...keys }));
  await server.stop();
}

async function onServer(name: ServerName): Promise<void> {
  const server = await startServer(name, tmpdir());
  await measure(name, await storeAt(profiles[name], server)).finally(server.stop);
}

async function measure(name: string, under: StoreUnderTest): Promise<void> {
  await inParts(under, 'source', (partNumber, uploadId) =>
    under.store.writePart(
      partOf(under, 'source', { partNumber, uploadId }),
      pieces(partLength(plan, partNumber)),
      signal,
    ),
  );
  const facts = await under.source('source').inspect();
  if (!facts) throw new Error('The source is not there.');
  // No ETag here, because Swift does not accept the ETag that it gave to an object in parts.
  const from = { bucket: under.bucket, key: 'source', etag: undefined };
  await timed(`${name}, streamed`, () =>
    inParts(under, 'streamed', async (partNumber, uploadId) => {
      const part = partOf(under, 'streamed', { partNumber, uploadId });
      const { answer } = await relay({
        what: `Part ${partNumber}`,
        bytes: part.bytes,
        md5: true,
        crcs: [],
        clock: systemClock,
        signal,
        watch: () => {},
        open: (until) => under.source('source').read(partRange(plan, partNumber), facts, until),
        write: (body, until) => under.store.writePart(part, body, until),
      });
      return answer;
    }),
  );
  await timed(`${name}, copied in the store`, () =>
    inParts(under, 'copied', (partNumber, uploadId) => {
      const part = partOf(under, 'copied', { partNumber, uploadId });
      return under.store.copyPart(part, from, partRange(plan, partNumber), signal);
    }),
  );
}

function partOf({ bucket }: StoreUnderTest, key: string, part: { partNumber: number; uploadId: string }) {
  return { ...part, target: { endpoint: 'e', bucket, key }, bytes: partLength(plan, part.partNumber) };
}

async function inParts(
  { store, bucket }: StoreUnderTest,
  key: string,
  copy: (partNumber: number, uploadId: string) => Promise<WriteAnswer>,
): Promise<void> {
  const target = { endpoint: 'e', bucket, key };
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const uploadId = await store.beginUpload(write);
  const queue = Array.from({ length: plan.partCount }, (_, index) => index + 1);
  const parts: PartAtTarget[] = [];
  const lane = async () => {
    for (let partNumber = queue.shift(); partNumber !== undefined; partNumber = queue.shift())
      parts.push({ partNumber, bytes: 0, etag: (await copy(partNumber, uploadId)).etag });
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  await store.completeUpload(write, uploadId, parts);
}

/** Measures the CPU of this process alone, which is what a Lambda would use. */
async function timed(what: string, work: () => Promise<void>): Promise<void> {
  const [startedMs, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const perGib = (seconds: number) => (seconds / (objectBytes / GiB)).toFixed(2);
  const [busy, waited] = [(user + system) / 1e6, (performance.now() - startedMs) / 1000];
  console.log(`${what}: ${perGib(busy)} CPU seconds a GiB of ours, ${perGib(waited)} seconds a GiB`);
}
