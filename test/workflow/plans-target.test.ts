import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { explanationText } from '../../tools/cli/commands/plan.ts';
import { putSource, requestFor } from './request.ts';
import { tiny, type World, world } from './world.ts';

const PART = 1024;
const target = { endpoint: 'b', bucket: 'data', key: 'y' };

/** Begins an upload with some parts. No transfer works on it. */
async function begun({ to }: World, content: Buffer, partNumbers: readonly number[]): Promise<string> {
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const uploadId = await to.beginUpload(write);
  for (const partNumber of partNumbers) {
    const bytes = content.subarray((partNumber - 1) * PART, partNumber * PART);
    const part = { target, uploadId, partNumber, bytes: bytes.length };
    await to.writePart(part, Readable.from([bytes], { objectMode: false }), new AbortController().signal);
  }
  return uploadId;
}

const planned = (w: World, more: Partial<TransferRequestInput> = {}) => explainTransfer(w.ports)(requestFor(more));

/** Checks that a plan and a copy of the same request are refused with the same message, and returns it. */
async function refusedAlike(w: World, more: Partial<TransferRequestInput>, name: string): Promise<string> {
  const refusal: Error = await planned(w, more).then(
    () => Promise.reject(new Error('the plan was not refused')),
    (error) => error,
  );
  const { error, cause } = await w.run(requestFor(more));
  expect(refusal).toBeInstanceOf(TransferError);
  expect([refusal.name, error]).toEqual([name, name]);
  expect(JSON.parse(cause ?? '{}').errorMessage).toBe(refusal.message);
  return refusal.message;
}

describe('A plan looks at the key that it would write', () => {
  it('and says that nothing is there', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const plan = await planned(w);
    expect(plan.atTarget).toEqual({ fate: 'new' });
    expect(plan.reasons).toContainEqual({ decision: 'a new object', because: 'nothing is at b:data/y now' });
    expect(explanationText(plan)).toMatch(/^ {2}target +nothing is there$/m);
  });

  it('and says how large the object is that will be replaced', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.to.put('data', 'y', Buffer.alloc(77));
    const plan = await planned(w);
    expect(plan.atTarget).toMatchObject({ fate: 'replaced', bytes: 77 });
    expect(plan.reasons).toContainEqual({
      decision: 'the object of 77 bytes at b:data/y is replaced',
      because: 'overwrite is "always"',
    });
    expect(explanationText(plan)).toMatch(/^ {2}target +an object of 77 B.* is there and will be replaced$/m);
    expect(w.to.get('data', 'y')).toHaveLength(77);
  });

  it('and is refused with overwrite "never" as the copy is', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.to.put('data', 'y', Buffer.alloc(77));
    expect(await refusedAlike(w, { overwrite: 'never' }, 'TargetExists')).toContain('(77 bytes)');
  });

  it('and with "if-different" finds the same object there: nothing is sent, whatever else the request has', async () => {
    const w = world();
    putSource(w, 4 * PART);
    await w.run(requestFor());
    const plan = await planned(w, { overwrite: 'if-different', partBytes: 2 ** 40 });
    expect(plan).toMatchObject({ atTarget: { fate: 'kept', bytes: 4 * PART }, batches: 0, unproven: [] });
    expect(plan.reasons.map(({ decision }) => decision)).toEqual([
      'the object of 4 KiB at b:data/y stays, and nothing is sent',
    ]);
    const text = explanationText(plan);
    expect(text).toMatch(/stays: nothing is sent/);
    expect(text).not.toMatch(/Lambdas|parts/);
  });

  it.each([
    [
      'of another length',
      (w: World) => w.to.put('data', 'y', Buffer.alloc(77)),
      /it has 77 bytes, and the source has 4 KiB/,
    ],
    ['by somebody else', (w: World) => w.to.put('data', 'y', Buffer.alloc(4 * PART)), /nothing else can be compared/],
    ['of another generation', (w: World) => putSource(w, 4 * PART), /another generation/],
  ])('and with "if-different" says why the object there, %s, is replaced', async (_what, change, why) => {
    const w = world();
    putSource(w, 4 * PART);
    await w.run(requestFor());
    change(w);
    expect((await planned(w, { overwrite: 'if-different' })).atTarget).toMatchObject({
      fate: 'replaced',
      because: expect.stringMatching(why),
    });
  });

  it('and does not accept an object that was never read back if the request asks for reading back', async () => {
    const w = world();
    putSource(w, 4 * PART);
    await w.run(requestFor());
    const more = { overwrite: 'if-different', verify: 'read-back' } as const;
    expect((await planned(w, more)).atTarget).toMatchObject({
      fate: 'replaced',
      because: expect.stringContaining('not known to have been read back'),
    });
    await w.run(requestFor(more));
    expect((await planned(w, more)).atTarget).toMatchObject({ fate: 'kept' });
  });
});

describe('A plan is refused as the copy is', () => {
  it('if the source is archived, before an upload is begun', async () => {
    const w = world();
    w.from.put('data', 'x', Buffer.alloc(4 * PART), {
      archived: 'it is archived (GLACIER), and must be restored first',
    });
    const message = await refusedAlike(w, {}, 'NotAllowed');
    expect(message).toBe('a:data/x cannot be read: it is archived (GLACIER), and must be restored first.');
    expect(await w.to.listUploads('data', '')).toEqual([]);
  });

  it('if the bucket does not exist', async () => {
    const w = world();
    putSource(w, 4 * PART);
    w.faults.target = (store) => ({ ...store, inspect: (at) => store.inspect({ ...at, bucket: 'gone' }) });
    expect(await refusedAlike(w, {}, 'NoSuchBucket')).toContain('"gone"');
  });

  it.each(['Refused', 'Unreachable'] as const)(
    'if the target refuses to show the object or cannot be reached: %s',
    async (name) => {
      const w = world();
      putSource(w, 4 * PART);
      const error = new TransferError(name, 'HEAD b:data/y: no.');
      w.faults.target = (store) => ({ ...store, inspect: () => Promise.reject(error) });
      await refusedAlike(w, { patienceSeconds: 0 }, name);
    },
  );

  it('if the store does not know the upload to finish, or cannot list its parts', async () => {
    const w = world();
    putSource(w, 4 * PART);
    const resumeFrom = { uploadId: 'nobody', partBytes: PART };
    expect(await refusedAlike(w, { resumeFrom }, 'InvalidRequest')).toMatch(/has no upload nobody/);
    const silent = world({ ...tiny, listsParts: false });
    putSource(silent, 4 * PART);
    expect(await refusedAlike(silent, { resumeFrom }, 'InvalidRequest')).toMatch(/cannot list parts/);
  });
});

describe('A plan for an upload that another program began', () => {
  it('counts the parts that fit and those that are sent, and does not change the upload', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    const uploadId = await begun(w, content, [1, 2, 3, 5]);
    const plan = await planned(w, { resumeFrom: { uploadId, partBytes: PART, firstMissingPart: 5 } });
    expect(plan.adoption).toEqual({ listed: 4, parts: 3, bytes: 3 * PART });
    expect(plan.reasons).toContainEqual({
      decision: '3 of 8 parts are there already; Partway sends 5',
      because: expect.stringMatching(/^the store lists 4 parts, and .*before part 5$/),
    });
    expect(explanationText(plan)).toMatch(/^ {2}adopted +3 parts of 8, 3 KiB; Partway does not send them again$/m);
    expect(plan.unproven[0]).toMatch(/^another program sent 3 parts/);
    expect(await w.to.listParts(target, uploadId)).toHaveLength(4);
    expect((await w.run(requestFor({ resumeFrom: { uploadId, partBytes: PART } }))).status).toBe('SUCCEEDED');
  });

  it('counts only the work that is left', async () => {
    const w = world();
    const content = putSource(w, 8 * PART);
    const whole = await begun(w, content, [1, 2, 3, 4, 5, 6, 7, 8]);
    const plan = await planned(w, { resumeFrom: { uploadId: whole, partBytes: PART } });
    expect(plan.batches).toBe(0);
    expect(plan.costUsd).toBeLessThan((await planned(w)).costUsd);
  });

  it('promises for an upload without parts what the receipt then says', async () => {
    const w = world({ ...tiny, ownChecksum: 'none', objectEtag: 'opaque' });
    const uploadId = await begun(w, putSource(w, 4 * PART), []);
    const request = { resumeFrom: { uploadId, partBytes: PART } };
    const { unproven, reasons } = await planned(w, request);
    expect(unproven[0]).toMatch(/its size and each part's MD5; /);
    expect(reasons.map(({ decision }) => decision)).toContain('the whole is proven by its size');
    await w.run(requestFor(request));
    const { transfers } = await w.ports.checkpoints.list({ limit: 1, after: undefined });
    expect(transfers[0]?.receipt?.unproven).toEqual(unproven);
  });
});
