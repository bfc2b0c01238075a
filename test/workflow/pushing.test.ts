import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { describeTransfer } from '../../functions/engine/calls/describe-transfer.ts';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { pauseTransfer } from '../../functions/engine/calls/pause-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { finishPush } from '../../functions/engine/push/finish-push.ts';
import { recordParts } from '../../functions/engine/push/record-parts.ts';
import { signParts } from '../../functions/engine/push/sign-parts.ts';
import { sweep } from '../../functions/engine/sweep/sweep.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { partRange } from '../../functions/transfer/plan.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { requestFor } from './request.ts';
import { tiny, type World, world } from './world.ts';

const PART = 1024;
const DAY_MS = 24 * 3600 * 1000;
const asked = (bytes: number | undefined, more = {}) =>
  requestFor({ source: { client: { name: 'disk.img', bytes } }, ...more });

async function begun(w: World, bytes: number | undefined, more = {}): Promise<Transfer> {
  const { transfer } = await startTransfer(w.ports)({ body: asked(bytes, more), requestId: 'call' });
  return transfer;
}

/** Does what a client does for these parts: it asks for URLs, sends the bytes, and reports the parts in `told`. */
async function push(
  w: World,
  { transferId, request }: Transfer,
  content: Buffer,
  partNumbers: number[],
  told = partNumbers,
) {
  const plan = { objectBytes: content.length, partBytes: PART, partCount: Math.ceil(content.length / PART) };
  const bodies = partNumbers.map((partNumber) => {
    const { first, last } = partRange(plan, partNumber);
    return { partNumber, body: content.subarray(first, last + 1) };
  });
  const wanted = bodies.map(({ partNumber, body }) => ({ partNumber, bytes: body.length, crc32: crc32(body) }));
  const { urls, uploadId, present } = await signParts(w.ports)(transferId, { parts: wanted });
  const sent = [];
  for (const { partNumber } of urls) {
    const { body } = bodies.find((each) => each.partNumber === partNumber)!;
    const where = { target: request.target, uploadId, partNumber, bytes: body.length };
    const { etag } = await w.to.writePart(where, Readable.from([body]), new AbortController().signal);
    sent.push({ partNumber, bytes: body.length, etag, crc32: crc32(body) });
  }
  const tell = sent.filter(({ partNumber }) => told.includes(partNumber));
  if (tell.length > 0) await recordParts(w.ports)(transferId, { uploadId, parts: tell });
  return { urls, uploadId, present };
}

async function finished(w: World, { transferId }: Transfer, bytes?: number) {
  await finishPush(w.ports)(transferId, { bytes });
  const { executionsBegun } = (await w.ports.checkpoints.read(transferId))!;
  const name = `${transferId}-${executionsBegun + (w.machine.list({ max: 9 }).items.length > executionsBegun ? 1 : 0)}`;
  const outcome = await w.settled(name);
  return { outcome, transfer: (await w.ports.checkpoints.read(transferId))! };
}

describe('A push', () => {
  it('shows all its parts as copied from the moment that its client has finished', async () => {
    const w = world();
    const content = randomBytes(3 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1, 2, 3]);
    let shown: number | undefined;
    w.faults.target = (store) => ({
      ...store,
      listParts: async (...list) => {
        shown ??= (await describeTransfer(w.ports)(transfer.transferId)).progress.bytesCopied;
        return store.listParts(...list);
      },
    });
    await finished(w, transfer);
    expect(shown).toBe(content.length);
  });

  it('starts no execution before its client finishes it, and then arrives whole', async () => {
    const w = world();
    const content = randomBytes(3 * PART + 5);
    const transfer = await begun(w, content.length);
    expect(transfer).toMatchObject({ state: 'pushing', plan: { partCount: 4 }, method: 'parts', uploadId: undefined });
    const { urls } = await push(w, transfer, content, [2, 4, 1, 3]);
    expect(urls).toHaveLength(4);
    expect(w.machine.list({ max: 9 }).items).toEqual([]);
    const { outcome, transfer: after } = await finished(w, transfer);
    expect(outcome.status).toBe('SUCCEEDED');
    expect(after.state).toBe('copied');
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(after.receipt).toMatchObject({
      bytes: content.length,
      parts: 4,
      crc32: crc32(content).toString(16).padStart(8, '0'),
    });
    expect(w.announced.map(({ type }) => type)).toEqual(['Transfer Succeeded']);
  });

  it('that is finished too early names the missing parts, announces no failure, and accepts those parts', async () => {
    const w = world();
    const content = randomBytes(4 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1, 3]);
    const first = await finished(w, transfer);
    expect(first.outcome).toMatchObject({ status: 'FAILED', error: 'PartsMissing' });
    expect(first.transfer).toMatchObject({ state: 'pushing', failure: { name: 'PartsMissing' } });
    expect(first.transfer.failure?.message).toContain('2 of 4 parts are not at b:data/y: 2, 4.');
    expect(w.announced).toEqual([]);
    await push(w, transfer, content, [2, 4]);
    const second = await finished(w, transfer);
    expect(second.transfer.state).toBe('copied');
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('does not believe a client that reports a part which the store does not have', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    const { uploadId } = await push(w, transfer, content, [1]);
    const lie = { partNumber: 2, bytes: PART, etag: 'd41d8cd98f00b204e9800998ecf8427e', crc32: 0 };
    await recordParts(w.ports)(transfer.transferId, { uploadId, parts: [lie] });
    const { transfer: after } = await finished(w, transfer);
    expect(after.failure?.message).toContain('1 of 2 parts are not at b:data/y: 2.');
  });

  it('gives no URL for a part that the store has, and a URL for the same part with other bytes', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1]);
    const again = await push(w, transfer, content, [1, 2]);
    expect(again.present).toEqual([1]);
    const other = randomBytes(2 * PART);
    expect((await push(w, transfer, other, [1])).urls).toMatchObject([{ partNumber: 1 }]);
  });

  it('is found again by the same request, even if the file has another name and time', async () => {
    const w = world();
    const transfer = await begun(w, 5 * PART);
    const renamed = requestFor({ source: { client: { name: 'other.img', bytes: 5 * PART, modifiedMs: 7 } } });
    const again = await startTransfer(w.ports)({ body: renamed, requestId: 'another' });
    expect(again).toMatchObject({ isNew: false, transfer: { transferId: transfer.transferId, state: 'pushing' } });
    const larger = startTransfer(w.ports)({ body: asked(6 * PART), requestId: 'third' });
    await expect(larger).rejects.toMatchObject({ name: 'TargetBusy' });
  });

  it('is only resumed if its client says so: where there is none, none is begun, and the key stays free', async () => {
    const w = world();
    const source = { client: { name: 'disk.img', bytes: 4 * PART, onlyResume: true } };
    const resuming = async () => {
      const body = asked(4 * PART, { source });
      return (await startTransfer(w.ports)({ body, requestId: 'resuming' })).transfer;
    };
    await expect(resuming()).rejects.toMatchObject({
      name: 'NotFound',
      message: expect.stringContaining('There is no unfinished push to b:data/'),
    });
    const { transferId } = await begun(w, 4 * PART);
    expect(await resuming()).toMatchObject({ transferId, state: 'pushing' });
  });

  it('that adopts an upload which is not there is aborted, so that its key is free', async () => {
    const w = world();
    const resumeFrom = { uploadId: 'nobody', partBytes: PART };
    const { transferId } = await begun(w, 4 * PART, { resumeFrom });
    const signing = signParts(w.ports)(transferId, { parts: [{ partNumber: 1, bytes: PART }] });
    await expect(signing).rejects.toMatchObject({ name: 'InvalidRequest' });
    expect(await w.ports.checkpoints.read(transferId)).toMatchObject({
      state: 'aborted',
      failure: { name: 'InvalidRequest', message: expect.stringContaining('has no upload nobody') },
    });
    const again = { body: asked(4 * PART), requestId: 'another' };
    expect((await startTransfer(w.ports)(again)).transfer.state).toBe('pushing');
  });

  it('gives no URLs while it is paused, and continues after a resume', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1]);
    expect(await pauseTransfer(w.ports)(transfer.transferId)).toMatchObject({ state: 'paused' });
    await expect(push(w, transfer, content, [2])).rejects.toMatchObject({ name: 'Stopped' });
    expect(await resumeTransfer(w.ports)(transfer.transferId)).toMatchObject({ state: 'pushing' });
    await push(w, transfer, content, [2]);
    expect((await finished(w, transfer)).transfer.state).toBe('copied');
  });

  it('records a part that its client was sending at the pause', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    const { uploadId } = await push(w, transfer, content, [1], []);
    await pauseTransfer(w.ports)(transfer.transferId);
    const body = content.subarray(0, PART);
    const sent = { partNumber: 1, bytes: PART, etag: createHash('md5').update(body).digest('hex'), crc32: crc32(body) };
    await recordParts(w.ports)(transfer.transferId, { uploadId, parts: [sent] });
    await resumeTransfer(w.ports)(transfer.transferId);
    expect((await push(w, transfer, content, [1, 2])).present).toEqual([1]);
    expect((await finished(w, transfer)).transfer.state).toBe('copied');
  });

  it('can be aborted together with its upload, and then accepts no part', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1]);
    await requestAbort(w.ports)(transfer.transferId);
    await w.settled(`${transfer.transferId}-1`);
    expect(await w.to.listUploads('data', '')).toEqual([]);
    await expect(push(w, transfer, content, [2])).rejects.toMatchObject({ name: 'Ended' });
  });

  it('that two clients send at once has one upload and one execution', async () => {
    const w = world();
    const content = randomBytes(4 * PART);
    const transfer = await begun(w, content.length);
    await Promise.all([push(w, transfer, content, [1, 2, 3]), push(w, transfer, content, [2, 3, 4])]);
    expect(await w.to.listUploads('data', '')).toHaveLength(1);
    await Promise.all([finishPush(w.ports)(transfer.transferId, {}), finishPush(w.ports)(transfer.transferId, {})]);
    await w.settled(`${transfer.transferId}-1`);
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(w.machine.list({ max: 9 }).items).toHaveLength(1);
  });

  it('begins another upload if the store has lost the first, and asks for all parts', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    const { uploadId } = await push(w, transfer, content, [1, 2]);
    await w.to.abortUpload(transfer.request.target, uploadId);
    const { transfer: after } = await finished(w, transfer);
    expect(after).toMatchObject({ state: 'pushing', failure: { name: 'PartsMissing' }, uploadsBegun: 2 });
    await push(w, transfer, content, [1, 2]);
    expect((await finished(w, transfer)).transfer.state).toBe('copied');
  });

  it('begins another upload if its client calls the first one lost and the store says the same', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, undefined);
    const parts = [{ partNumber: 1, bytes: PART, crc32: crc32(content.subarray(0, PART)) }];
    const { uploadId } = await push(w, transfer, content, [1]);
    const lie = await signParts(w.ports)(transfer.transferId, { parts, lostUploadId: uploadId });
    expect(lie).toMatchObject({ uploadId, present: [1] });
    await w.to.abortUpload(transfer.request.target, uploadId);
    const lost = () => signParts(w.ports)(transfer.transferId, { parts, lostUploadId: uploadId });
    const [one, other] = await Promise.all([lost(), lost()]);
    expect(one.uploadId).not.toBe(uploadId);
    expect([one.present, other.uploadId]).toEqual([[], one.uploadId]);
    await push(w, transfer, content, [1, 2]);
    expect((await finished(w, transfer, content.length)).transfer.state).toBe('copied');
    expect(await w.to.listUploads('data', '')).toEqual([]);
  });

  it('counts lost uploads from zero when its client asks for it again', async () => {
    const w = world();
    const transfer = await begun(w, 2 * PART);
    const parts = [{ partNumber: 1, bytes: PART, crc32: 1 }];
    const lose = async () => {
      const { uploadId = '' } = (await w.ports.checkpoints.read(transfer.transferId))!;
      if (uploadId !== '') await w.to.abortUpload(transfer.request.target, uploadId);
      return signParts(w.ports)(transfer.transferId, { parts, ...(uploadId === '' ? {} : { lostUploadId: uploadId }) });
    };
    for (let times = 1; times <= 3; times += 1) await lose();
    await expect(lose()).rejects.toMatchObject({ name: 'Stalled' });
    await startTransfer(w.ports)({ body: asked(2 * PART), requestId: 'again' });
    expect((await lose()).urls).toHaveLength(1);
  });

  it('with overwrite "never" goes in parts, and the same request is accepted although its own object is there', async () => {
    const w = world();
    const content = randomBytes(PART);
    const never = { overwrite: 'never', multipartThresholdBytes: 10 * PART };
    const transfer = await begun(w, content.length, never);
    expect(transfer.method).toBe('parts');
    await push(w, transfer, content, [1]);
    const heal = w.ports.checkpoints.change;
    // The object is complete, and from then on nothing can be recorded.
    w.faults.lambda = (step) => {
      if (step === 'complete' && w.to.get('data', 'y')) throw new TransferError('Refused', 'no more rights');
    };
    w.ports.checkpoints.change = (id, change) =>
      w.to.get('data', 'y') ? Promise.reject(new TransferError('Refused', 'no more rights')) : heal(id, change);
    await finishPush(w.ports)(transfer.transferId, {});
    await w.settled(`${transfer.transferId}-1`);
    w.ports.checkpoints.change = heal;
    w.faults.lambda = () => {};
    expect(w.to.get('data', 'y')).toEqual(content);
    const plan = await explainTransfer(w.ports)(asked(content.length, never));
    expect(plan.atTarget).toMatchObject({ fate: 'kept', because: expect.stringContaining(transfer.transferId) });
    const other = explainTransfer(w.ports)(asked(content.length + 1, never));
    await expect(other).rejects.toMatchObject({ name: 'TargetExists' });
  });

  it('whose abort could not start is aborted by the next request for it', async () => {
    const w = world();
    const transfer = await begun(w, 2 * PART);
    const { start } = w.ports.executions;
    w.ports.executions.start = () => Promise.reject(new TransferError('Unreachable', 'no answer'));
    await expect(requestAbort(w.ports)(transfer.transferId)).rejects.toMatchObject({ name: 'Unreachable' });
    w.ports.executions.start = start;
    const sending = push(w, transfer, randomBytes(2 * PART), [1]);
    await expect(sending).rejects.toThrow('is being aborted');
    await startTransfer(w.ports)({ body: asked(2 * PART), requestId: 'again' });
    await w.settled(`${transfer.transferId}-1`);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'aborted' });
  });

  it('is aborted if another push took its target key just before its header was written', async () => {
    const w = world();
    const { create } = w.ports.checkpoints;
    w.ports.checkpoints.create = async (late) => {
      w.ports.checkpoints.create = create;
      await startTransfer(w.ports)({ body: asked(3 * PART), requestId: 'faster' });
      return create(late);
    };
    await expect(begun(w, 2 * PART)).rejects.toMatchObject({ name: 'TargetBusy' });
    const { transfers } = await w.ports.checkpoints.list({ limit: 9, after: undefined });
    expect(transfers.map(({ state }) => state).toSorted()).toEqual(['aborted', 'pushing']);
  });

  it('shows its progress although it has no rounds', async () => {
    const w = world();
    const content = randomBytes(4 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1, 2, 3]);
    expect(await describeTransfer(w.ports)(transfer.transferId)).toMatchObject({
      state: 'pushing',
      source: 'client:disk.img',
      progress: { partsCopied: 3, bytesCopied: 3 * PART, partsTotal: 4, bytesTotal: 4 * PART },
    });
  });

  it('is aborted by the sweep if nobody has sent a part for 7 days', async () => {
    const w = world();
    const transfer = await begun(w, 2 * PART);
    await push(w, transfer, randomBytes(2 * PART), [1]);
    w.advance(6 * DAY_MS);
    await sweep(w.ports)({});
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'pushing' });
    w.advance(1.1 * DAY_MS);
    await sweep(w.ports)({});
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'aborted' });
    expect(await w.to.listUploads('data', '')).toEqual([]);
  });

  it('is aborted after the number of days that the stack sets', async () => {
    const w = world();
    const transfer = await begun(w, 2 * PART);
    w.advance(8 * DAY_MS);
    await sweep(w.ports)({ pushDays: 9 });
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ state: 'pushing' });
    w.advance(1.1 * DAY_MS);
    await sweep(w.ports)({ pushDays: 9 });
    const message = 'The last part was pushed more than 9 days ago, and nobody has continued it.';
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({
      state: 'aborted',
      failure: { message },
    });
  });

  it.each([0, -1, 1.5, 90])('cannot be swept with %s days: the sweep is refused', async (pushDays) => {
    await expect(sweep(world().ports)({ pushDays })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: `The sweep cannot run so: \`pushDays\` is ${pushDays}; it takes a whole number of days, 1 to 89.`,
    });
  });

  it.each([
    [
      'a part with another length than in the plan',
      { partNumber: 1, bytes: 7 },
      'Part 1 has 7 bytes; the plan says 1 KiB.',
    ],
    ['a part after the last', { partNumber: 3, bytes: 7 }, 'There is no part 3: the plan has 2 parts.'],
  ])('refuses %s', async (_, part, message) => {
    const w = world();
    const { transferId } = await begun(w, 2 * PART);
    await expect(signParts(w.ports)(transferId, { parts: [part] })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message,
    });
  });

  it.each(['d41d8cd98f00b204', 'z'.repeat(32), '1B2M2Y8AsgTpgAmY7PhCfg=='])('refuses %s as an MD5', async (md5) => {
    const w = world();
    const { transferId } = await begun(w, 2 * PART);
    await expect(
      signParts(w.ports)(transferId, { parts: [{ partNumber: 1, bytes: PART, md5 }] }),
    ).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringMatching(/`parts.0.md5` is .*; it takes an MD5 as 32 hexa/),
    });
  });

  it.each([
    ['has its MD5 signed if the store compares it', {}, {}, { 'content-md5': 'a'.repeat(32) }],
    ['has none signed if the store does not compare it', { comparesContentMd5: false }, {}, {}],
    ['has none signed if the request asks for no MD5', {}, { checksum: 'crc32' }, {}],
  ])('%s', async (_, profile, more, headers) => {
    const w = world({ ...tiny, ...profile });
    const { transferId, push: rules } = await begun(w, 2 * PART, more);
    const parts = [{ partNumber: 1, bytes: PART, crc32: 1, md5: 'A'.repeat(32) }];
    const { urls } = await signParts(w.ports)(transferId, { parts });
    expect([urls[0]?.headers, rules?.signsMd5]).toEqual([headers, 'content-md5' in headers]);
  });

  it('gives a URL for a part that is there with another MD5', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1]);
    const ask = async (bytes: Buffer) => {
      const md5 = createHash('md5').update(bytes).digest('hex');
      const { urls, present } = await signParts(w.ports)(transfer.transferId, {
        parts: [{ partNumber: 1, bytes: PART, crc32: crc32(content.subarray(0, PART)), md5 }],
      });
      return { urls: urls.length, present };
    };
    expect(await ask(content.subarray(0, PART))).toEqual({ urls: 0, present: [1] });
    expect(await ask(content.subarray(PART))).toEqual({ urls: 1, present: [] });
  });

  it('that is to be read back needs the CRC32 of each part', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length, { verify: 'read-back' });
    const { uploadId } = await push(w, transfer, content, [1]);
    const part = { partNumber: 2, bytes: PART, etag: 'e' };
    const told = recordParts(w.ports)(transfer.transferId, { uploadId, parts: [part] });
    await expect(told).rejects.toMatchObject({ name: 'InvalidRequest', partNumber: 2 });
    await push(w, transfer, content, [2]);
    const { transfer: after } = await finished(w, transfer);
    expect(after.receipt).toMatchObject({
      bytesReadBack: content.length,
      proofs: expect.arrayContaining(['each part read back, CRC32']),
    });
  });

  it('of two clients with different bytes is not completed', async () => {
    const w = world();
    const [one, other] = [randomBytes(2 * PART), randomBytes(2 * PART)];
    w.to.put('data', 'y', Buffer.from('before'));
    const transfer = await begun(w, 2 * PART);
    await push(w, transfer, one, [1]);
    await push(w, transfer, other, [2]);
    await finishPush(w.ports)(transfer.transferId, { crc32: crc32(one) });
    expect(await w.settled(`${transfer.transferId}-1`)).toMatchObject({ status: 'FAILED', error: 'Damaged' });
    expect(w.to.get('data', 'y')).toEqual(Buffer.from('before'));
    expect(await w.to.listUploads('data', '')).toEqual([]);
  });

  it('that was paused after all parts were sent is completed by a resume, without its client', async () => {
    const w = world();
    const content = randomBytes(2 * PART);
    const transfer = await begun(w, content.length);
    await push(w, transfer, content, [1, 2]);
    await pauseTransfer(w.ports)(transfer.transferId);
    await resumeTransfer(w.ports)(transfer.transferId);
    await w.settled(`${transfer.transferId}-1`);
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('is refused if the transfer is a copy', async () => {
    const w = world();
    const { transferId } = await startTransfer(w.ports)({ body: requestFor(), requestId: 'call' }).then(
      (each) => each.transfer,
    );
    await expect(signParts(w.ports)(transferId, { parts: [{ partNumber: 1, bytes: 1 }] })).rejects.toMatchObject({
      name: 'InvalidRequest',
    });
  });
});

describe('A pushed stream', () => {
  it('has a plan before its length is known, and is finished with its length', async () => {
    const w = world();
    const content = randomBytes(2 * PART + 9);
    const transfer = await begun(w, undefined);
    expect(transfer).toMatchObject({
      state: 'pushing',
      source: undefined,
      plan: { partBytes: PART, partCount: 10_000 },
    });
    await push(w, transfer, content, [1, 2, 3]);
    const { transfer: after } = await finished(w, transfer, content.length);
    expect(after).toMatchObject({ state: 'copied', plan: { objectBytes: content.length, partCount: 3 } });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('cannot be finished without its length', async () => {
    const w = world();
    const { transferId } = await begun(w, undefined);
    await expect(finishPush(w.ports)(transferId, {})).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});
