import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Client } from '../../tools/start/stores.ts';
import { type Gate, startGate } from './gate.ts';
import { ensureBucket, OBJECT_BYTES, putObject, sha256At } from './objects.ts';
import { finished, logOf, type StackProcess, startStackProcess, until } from './stack-process.ts';

const { servers } = inject('realServers');
const bucket = 'e2e';
let stack: StackProcess;
let gate: Gate | undefined;
const rows: Record<string, unknown>[] = [];
/** A new client each time: R2's simulator closes connections that rest, and a request on one that was just closed is lost. */
const clientOf = (endpoint: string): Client => {
  const server = servers.find(({ name }) => name === endpoint);
  if (!server) return stack.store(endpoint as 'a' | 'b');
  const { name, url, region, accessKeyId, secretAccessKey } = server;
  const facts = { name, provider: name, url, region, secretArn: undefined, allow: [] };
  return s3Client(facts, profiles[name], { accessKeyId, secretAccessKey });
};

const ceph = servers.find(({ name }) => name === 'ceph');

/** Beside the servers' own, an endpoint that leads through the gate to Ceph, with whatever secret. */
const settingsWith = (secretOfGated = ceph?.secretAccessKey) => ({
  endpoints: Object.fromEntries(
    [...servers, ...(ceph && gate ? [{ ...ceph, ...gate, name: 'gated', secretAccessKey: secretOfGated }] : [])].map(
      ({ name, url, region, accessKeyId, secretAccessKey }) => [
        name,
        { provider: name === 'gated' ? 'ceph' : name, url, region, accessKeyId, secretAccessKey, allow: [bucket] },
      ],
    ),
  ),
});

beforeAll(async () => {
  if (ceph) gate = await startGate(ceph.url, 20 * MiB);
  stack = await startStackProcess(mkdtempSync(join(tmpdir(), 'partway-e2e-stores-')), settingsWith());
  for (const { name, buckets } of servers) if (!buckets?.includes(bucket)) await ensureBucket(clientOf(name), bucket);
});
afterAll(async () => {
  // With a size of one's own the run is a measurement, and docs/benchmarks.md wants its numbers.
  if (process.env.PARTWAY_E2E_BYTES) console.log(rows.map((row) => JSON.stringify(row)).join('\n'));
  await stack.stop();
  await gate?.close();
});

const bucketOf = (endpoint: string) => (endpoint === 'a' || endpoint === 'b' ? 'data' : bucket);
const requestFor = (from: string, to: string, key: string) => ({
  source: { endpoint: from, bucket: bucketOf(from), key },
  target: { endpoint: to, bucket: bucketOf(to), key: `${key} from ${from}` },
  partBytes: 8 * MiB,
  multipartThresholdBytes: 8 * MiB,
  // R2's simulator keeps six connections that begin at once waiting, on a busy machine until they are given up.
  ...(from === 'r2' || to === 'r2' ? { partsAtOnce: 2, batchesAtOnce: 2 } : {}),
});

const isHere = (name: string) => name === 'a' || name === 'b' || servers.some((server) => server.name === name);
const pairs = [
  ['a', 'b'],
  ['ceph', 'b'],
  ['a', 'ceph'],
  ['swift', 'ceph'],
  ['ceph', 'swift'],
  ['r2', 'b'],
  ['a', 'r2'],
  ['r2', 'ceph'],
  ['ceph', 'r2'],
].filter((pair) => pair.every(isHere)) as [string, string][];

describe.each(pairs)('From %s to %s', (from, to) => {
  it.each([
    ['one large', OBJECT_BYTES],
    ['one small', 1000],
    ['an empty', 0],
  ])('%s object arrives whole and unchanged', async (what, bytes) => {
    const key = `${what} ü+%20`.replace(from === 'ceph' ? '%20' : '', '');
    const sha256 = await putObject(clientOf(from), bucketOf(from), key, bytes);
    const { transferId } = await stack.api.start(requestFor(from, to, key));
    const view = await finished(stack, transferId);
    rows.push({ from, to, bytes, sha256, ...view.receipt });
    expect(view).toMatchObject({
      state: 'copied',
      plan: { partCount: Math.max(1, Math.ceil(bytes / (8 * MiB))) },
      receipt: { bytes, bytesResent: 0 },
    });
    // The embedded store adds a checksum of its own, as AWS does; Ceph and Swift publish none.
    expect(view.receipt?.proofs.includes("target's CRC-64/NVME")).toBe(to === 'b');
    expect(await sha256At(clientOf(to), bucketOf(to), `${key} from ${from}`)).toBe(sha256);
  });
});

describe.each(['b', 'ceph', 'swift', 'r2'].filter(isHere))('An object that is read back from %s', (to) => {
  it.each([
    ['in parts', OBJECT_BYTES],
    ['as one request', 1000],
    ['empty', 0],
  ])('after it went %s is held to every byte', async (what, bytes) => {
    const key = `read back ${what}`;
    const sha256 = await putObject(clientOf('a'), 'data', key, bytes);
    const { transferId } = await stack.api.start({ ...requestFor('a', to, key), verify: 'read-back' });
    const view = await finished(stack, transferId);
    expect(view).toMatchObject({ state: 'copied', receipt: { bytes, bytesReadBack: bytes } });
    expect(view.receipt?.proofs).toContain('each part read back, CRC32');
    expect(await sha256At(clientOf(to), bucketOf(to), `${key} from a`)).toBe(sha256);
  });
});

describe('An object that is put into the ingest bucket', () => {
  it('arrives at its target with no call by anyone', async () => {
    await stack
      .store('a')
      .send(new PutObjectCommand({ Bucket: 'incoming', Key: 'in/é 1.bam', Body: Buffer.from('genome') }));
    const arrived = await until(() => sha256At(stack.store('b'), 'arrived', 'in/é 1.bam').catch(() => undefined));
    expect(arrived).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe.skipIf(!isHere('ceph'))('A target whose credentials are wrong', () => {
  it('fails by name, keeps what is copied, and is finished by resume after the repair, with no secret in any log', async () => {
    const sha256 = await putObject(clientOf('a'), 'data', 'locked out');
    const request = { ...requestFor('a', 'gated', 'locked out'), partsAtOnce: 1, batchesAtOnce: 1 };
    const { transferId } = await stack.api.start(request);
    await until(async () => (await stack.api.parts(transferId)).parts.length > 0);
    writeFileSync(join(stack.home, 'settings.json'), JSON.stringify(settingsWith('a-secret-that-is-wrong')));
    gate?.open();
    const failed = await finished(stack, transferId);
    // The batch may end with what it has in hand; Complete has the new one in any case.
    expect(failed).toMatchObject({
      state: 'failed',
      failure: {
        name: 'Refused',
        message: expect.stringContaining('SignatureDoesNotMatch'),
        next: expect.stringContaining('resume'),
      },
    });
    const kept = (await stack.api.parts(transferId)).parts.length;
    expect(kept).toBeGreaterThan(0);
    writeFileSync(join(stack.home, 'settings.json'), JSON.stringify(settingsWith()));
    await stack.api.resume(transferId);
    await until(async () => (await stack.api.describe(transferId)).state === 'copied');
    expect(await sha256At(clientOf('ceph'), bucket, request.target.key)).toBe(sha256);
    const log = logOf(stack);
    for (const { secretAccessKey } of servers) expect(log).not.toContain(secretAccessKey);
    expect(log).not.toContain('a-secret-that-is-wrong');
  });
});
