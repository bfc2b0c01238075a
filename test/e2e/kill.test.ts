import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { type HoldingStore, startHoldingStore } from './holding-store.ts';
import { putObject, sha256At } from './objects.ts';
import { finished, logOf, type StackProcess, startStackProcess, until } from './stack-process.ts';

const PART = 8 * MiB;
const BYTES = 256 * MiB;
const PARTS = BYTES / PART;

// A kill hits a transfer in the middle: the store lets six parts be read, and stops in the midst of the next ones.
const inTheMiddle = { reads: 6, bytes: PART / 2 };

let theirs: HoldingStore;
let stack: StackProcess | undefined;
beforeAll(async () => {
  theirs = await startHoldingStore(mkdtempSync(join(tmpdir(), 'partway-e2e-theirs-')));
});
afterAll(async () => {
  await stack?.stop();
  await theirs.close();
});

describe('kill -9 of the whole stack in the middle', () => {
  it('loses only what was in flight: the same request goes on, and sends nothing again that was recorded', async () => {
    const home = mkdtempSync(join(tmpdir(), 'partway-e2e-kill-'));
    stack = await startStackProcess(home, { endpoints: { theirs: theirs.endpoint } });
    const sha256 = await putObject(theirs.client, 'data', 'big', BYTES);
    await theirs.hold(inTheMiddle);
    const request = {
      source: { endpoint: 'theirs', bucket: 'data', key: 'big' },
      target: { endpoint: 'b', bucket: 'data', key: 'big' },
      partBytes: PART,
      partsAtOnce: 1,
      batchesAtOnce: 2,
    };
    const { transferId } = await stack.api.start(request);
    await until(async () => (await stack!.api.parts(transferId)).parts.length >= 3);
    await stack.kill();
    await theirs.letGo();

    stack = await startStackProcess(home);
    const recorded = (await stack.api.parts(transferId)).parts.length;
    const again = await stack.api.start(request);
    expect(again.transferId).toBe(transferId);
    const view = await finished(stack, transferId);
    expect(view).toMatchObject({ state: 'copied', receipt: { bytes: BYTES, uploads: 1 } });
    expect(await sha256At(stack.store('b'), 'data', 'big')).toBe(sha256);

    // The store was killed too, so its counters hold what came after: the missing parts, and none of the others.
    const counters = (await (await fetch(`${stack.storeUrl('b')}/-/counters`)).json()) as {
      requests: Record<string, number>;
    };
    expect(recorded).toBeGreaterThanOrEqual(3);
    expect(counters.requests.UploadPart).toBeLessThanOrEqual(PARTS - 3);
    expect(view.receipt!.retries).toBeGreaterThan(0);
    expect(view.receipt!.bytesResent).toBeLessThanOrEqual(request.batchesAtOnce * PART);
  });

  it('while the object is read back loses only what was in flight there', async () => {
    const request = {
      source: { endpoint: 'b', bucket: 'data', key: 'big' },
      target: { endpoint: 'theirs', bucket: 'data', key: 'big, read back' },
      partBytes: PART,
      partsAtOnce: 1,
      batchesAtOnce: 2,
      verify: 'read-back' as const,
    };
    await theirs.hold(inTheMiddle);
    const { transferId } = await stack!.api.start(request);
    const { home } = stack!;
    await until(async () => (await stack!.api.describe(transferId)).progress.partsReadBack >= 3);
    await stack!.kill();
    await theirs.letGo();
    const [sentBefore, readBefore] = [await theirs.count('UploadPart'), await theirs.count('GetObject')];

    stack = await startStackProcess(home);
    const { progress } = await stack.api.describe(transferId);
    expect(progress).toMatchObject({ phase: 'reading back', partsCopied: PARTS });
    expect((await stack.api.start(request)).transferId).toBe(transferId);
    const view = await finished(stack, transferId);
    expect(view).toMatchObject({ state: 'copied', receipt: { bytesReadBack: BYTES, uploads: 1, bytesResent: 0 } });
    expect(await theirs.count('UploadPart')).toBe(sentBefore);
    expect((await theirs.count('GetObject')) - readBefore).toBeLessThanOrEqual(PARTS - 3);
  });

  it('refuses a second stack on the same folder, and names the first', async () => {
    await expect(startStackProcess(stack!.home)).rejects.toThrow(new RegExp(`FolderInUse: .*process ${stack!.pid}`));
  });
});

const r2 = inject('realServers').servers.find(({ name }) => name === 'r2');

describe.skipIf(!r2)('kill -9 of the whole stack in the middle of a copy to R2, which lists no parts here', () => {
  it('goes on by the checkpoint alone: what was recorded keeps the ETag that R2 gave it', async () => {
    const { name, url, region, accessKeyId, secretAccessKey } = r2!;
    const keys = { accessKeyId, secretAccessKey };
    const facts = { provider: name, url, region, allow: ['e2e'] };
    const client = s3Client({ name, ...facts, secretArn: undefined }, profiles.r2, keys);
    const settings = { endpoints: { r2: { ...facts, ...keys }, theirs: theirs.endpoint } };
    const home = mkdtempSync(join(tmpdir(), 'partway-e2e-kill-r2-'));
    let mortal = await startStackProcess(home, settings);
    onTestFinished(() => mortal.stop());
    const bytes = 128 * MiB;
    const sha256 = await putObject(theirs.client, 'data', 'smaller', bytes);
    await theirs.hold(inTheMiddle);
    const request = {
      source: { endpoint: 'theirs', bucket: 'data', key: 'smaller' },
      target: { endpoint: 'r2', bucket: 'e2e', key: 'killed in the middle' },
      partBytes: PART,
      partsAtOnce: 1,
      batchesAtOnce: 2,
    };
    const { transferId } = await mortal.api.start(request);
    await until(async () => (await mortal.api.parts(transferId)).parts.length >= 3);
    await mortal.kill();
    await theirs.letGo();

    mortal = await startStackProcess(home, settings);
    const recorded = (await mortal.api.parts(transferId)).parts;
    expect(recorded.length).toBeLessThan(bytes / PART);
    expect((await mortal.api.start(request)).transferId).toBe(transferId);
    const view = await finished(mortal, transferId);
    expect(view).toMatchObject({ state: 'copied', receipt: { bytes, uploads: 1 } });
    expect(await sha256At(client, 'e2e', 'killed in the middle')).toBe(sha256);
    // R2 makes a new ETag for every writing of a part, be its bytes the same.
    expect((await mortal.api.parts(transferId)).parts).toEqual(expect.arrayContaining([...recorded]));
    expect(view.receipt!.bytesResent).toBeLessThanOrEqual(request.batchesAtOnce * PART);
    expect(logOf(mortal)).toContain('cannot list parts');
  });
});
