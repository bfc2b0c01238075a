import { describe, expect, it } from 'vitest';
import { describeTransfer, listParts, listTransfers } from '../../functions/engine/calls/describe-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { formerIdOfArrival } from '../../functions/engine/claim/identity.ts';
import { settleTransfer } from '../../functions/engine/ending/settle-transfer.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { arrivalSchema, parseRequest } from '../../functions/transfer/request.ts';
import { newTransfer, type Transfer } from '../../functions/transfer/transfer.ts';
import { putSource, requestFor } from './request.ts';
import { type World, world } from './world.ts';

const PART = 1024;
const refuse = (w: World) => {
  w.faults.target = (store) => ({
    ...store,
    writePart: async () => Promise.reject(new TransferError('Refused', 'AccessDenied')),
  });
};
const heal = (w: World) => {
  w.faults.target = (store) => store;
};
const uploadIdOf = async (w: World, { transferId }: Transfer) =>
  (await w.ports.checkpoints.read(transferId))?.uploadId ?? '';
const last = async (w: World, { transferId }: Transfer) => {
  const { execution } = (await w.ports.checkpoints.read(transferId))!;
  return w.settled(execution!.arn.slice(execution!.arn.lastIndexOf(':') + 1));
};

describe('Asking for a transfer', () => {
  it('several times at once with the same Idempotency-Key starts one transfer', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const ask = () => startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    const answers = await Promise.all([ask(), ask(), ask()]);
    expect(new Set(answers.map(({ transfer }) => transfer.transferId)).size).toBe(1);
    await w.settled(`${answers[0]!.transfer.transferId}-1`);
    expect(w.machine.list().items).toHaveLength(1);
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(await ask()).toMatchObject({ isNew: false, transfer: { state: 'copied' } });
  });

  it('again with the same request resumes the transfer that failed', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    refuse(w);
    const first = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'one' });
    expect(await w.settled(`${first.transfer.transferId}-1`)).toMatchObject({ status: 'FAILED', error: 'Refused' });
    heal(w);
    const again = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'another' });
    expect(again).toMatchObject({ isNew: false, transfer: { transferId: first.transfer.transferId } });
    expect(await last(w, first.transfer)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.machine.list().items).toMatchObject([{ redriveCount: 1 }]);
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('with another request for the same target key is TargetBusy until the first transfer ends', async () => {
    const w = world();
    putSource(w, 4 * PART);
    refuse(w);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'one' });
    await w.settled(`${transfer.transferId}-1`);
    const other = () => startTransfer(w.ports)({ body: requestFor({ partBytes: 2 * PART }), idempotencyKey: 'two' });
    await expect(other()).rejects.toMatchObject({
      name: 'TargetBusy',
      message: expect.stringContaining(transfer.transferId),
    });
    heal(w);
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await last(w, transfer)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await other()).toMatchObject({ isNew: true });
  });

  it('with the Idempotency-Key of another request is refused', async () => {
    const w = world();
    putSource(w, PART);
    await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    const other = requestFor({ target: { endpoint: 'b', bucket: 'data', key: 'z' } });
    await expect(startTransfer(w.ports)({ body: other, idempotencyKey: 'k' })).rejects.toMatchObject({
      name: 'KeyReused',
    });
  });

  it('with the Idempotency-Key of a transfer that has ended never starts a second copy', async () => {
    const w = world();
    putSource(w, PART);
    const first = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'one' });
    // The first transfer is still unfinished, so this key belongs to it too.
    const second = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'two' });
    await w.settled(`${first.transfer.transferId}-1`);
    w.from.put('data', 'x', Buffer.from('written later'));
    for (const idempotencyKey of ['one', 'two'])
      expect(await startTransfer(w.ports)({ body: requestFor(), idempotencyKey })).toMatchObject({
        isNew: false,
        transfer: { transferId: second.transfer.transferId, state: 'copied' },
      });
    const other = { body: requestFor({ partBytes: 2 * PART }), idempotencyKey: 'two' };
    await expect(startTransfer(w.ports)(other)).rejects.toMatchObject({
      name: 'KeyReused',
      message: expect.stringContaining(first.transfer.transferId),
    });
    expect(w.machine.list().items).toHaveLength(1);
  });

  it('twice without an Idempotency-Key starts two transfers', async () => {
    const w = world();
    putSource(w, PART);
    const ask = async (requestId: string) => {
      const { transfer } = await startTransfer(w.ports)({ body: requestFor(), requestId });
      await w.settled(`${transfer.transferId}-1`);
      return transfer.transferId;
    };
    expect(await ask('call 1')).not.toBe(await ask('call 2'));
  });

  it.each(['', ' ', 'two words', 'x'.repeat(257)])('with the Idempotency-Key %j is refused', async (idempotencyKey) => {
    const w = world();
    putSource(w, PART);
    await expect(startTransfer(w.ports)({ body: requestFor(), idempotencyKey })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('Idempotency-Key'),
    });
    expect(w.machine.list().items).toEqual([]);
  });

  it('for what cannot work is refused with a name before a byte moves, and the target key stays free', async () => {
    const w = world();
    const nothing = await w.run(requestFor());
    expect(nothing).toMatchObject({ status: 'FAILED', error: 'SourceMissing' });
    putSource(w, 20_000 * PART);
    expect(await w.run(requestFor())).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('20000 parts'),
    });
    expect(await w.run({ ...requestFor(), target: { endpoint: 'b', bucket: 'elsewhere', key: 'y' } })).toMatchObject({
      error: 'NotAllowed',
    });
    expect(await w.run({ ...requestFor(), source: { endpoint: 'q', bucket: 'data', key: 'x' } })).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('There is no endpoint'),
    });
    expect(await w.run({ ...requestFor(), sauce: 1 })).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('sauce'),
    });
    expect(w.invocations).not.toContain('copybatch');
    expect(w.to.openUploads()).toEqual([]);
    expect(await w.run(requestFor({ partBytes: 10 * PART }))).toMatchObject({ status: 'SUCCEEDED' });
  });

  it('with overwrite "never" keeps the object there, and with "if-different" copies only another generation', async () => {
    const w = world();
    const content = putSource(w, 3 * PART);
    w.to.put('data', 'y', Buffer.from('old'));
    expect(await w.run(requestFor({ overwrite: 'never' }))).toMatchObject({ status: 'FAILED', error: 'TargetExists' });
    expect(w.to.get('data', 'y')).toEqual(Buffer.from('old'));
    const copied = await w.run(requestFor({ overwrite: 'if-different' }));
    expect(w.stateNames(copied.name)).toContain('Copied');
    const unchanged = await w.run(requestFor({ overwrite: 'if-different' }));
    expect(w.stateNames(unchanged.name)).toContain('Nothing to do');
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});

describe('A transfer that has begun', () => {
  it('and is cancelled stops at once, leaves no upload, and cannot be resumed', async () => {
    const w = world();
    putSource(w, 40 * PART);
    let cancelled: Promise<Transfer> | undefined;
    const { transfer } = await startTransfer(w.ports)({ body: requestFor({ partsAtOnce: 1 }), idempotencyKey: 'k' });
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, body, signal) => {
        cancelled ??= requestAbort(w.ports)(transfer.transferId);
        return store.writePart(part, body, signal);
      },
    });
    await w.settled(`${transfer.transferId}-1`);
    await cancelled;
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'FAILED', error: 'Cancelled' });
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({
      state: 'aborted',
      failure: { name: 'Cancelled' },
    });
    expect(w.to.openUploads()).toEqual([]);
    expect(w.to.get('data', 'y')).toBeUndefined();
    expect(w.announced.at(-1)).toMatchObject({ type: 'Transfer Aborted' });
    await expect(resumeTransfer(w.ports)(transfer.transferId)).rejects.toMatchObject({
      name: 'Ended',
      message: expect.stringContaining('was aborted, so it cannot be resumed'),
    });
    expect(await requestAbort(w.ports)(transfer.transferId)).toMatchObject({ state: 'aborted' });
    // A Lambda recorded one part before it noticed the cancel.
    expect(await w.ports.checkpoints.parts(transfer.transferId, await uploadIdOf(w, transfer), 1, 40)).not.toEqual([]);
    expect(await listParts(w.ports)(transfer.transferId, {})).toMatchObject({ parts: [] });
  });

  it('and is copied cannot be aborted any more', async () => {
    const w = world();
    const content = putSource(w, 4 * PART);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transfer.transferId}-1`);
    await expect(requestAbort(w.ports)(transfer.transferId)).rejects.toMatchObject({
      name: 'Ended',
      message: expect.stringContaining('is copied: there is nothing to abort, and the object at b:data/y stays'),
    });
    expect(w.to.get('data', 'y')).toEqual(content);
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({ cancelRequested: false });
  });

  it('and failed can be cancelled too', async () => {
    const w = world();
    putSource(w, 4 * PART);
    refuse(w);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transfer.transferId}-1`);
    expect(w.to.openUploads()).toHaveLength(1);
    heal(w);
    await requestAbort(w.ports)(transfer.transferId);
    await w.settled(`${transfer.transferId}-2`);
    expect(w.to.openUploads()).toEqual([]);
  });

  it('and was stopped in the console is marked as failed, and a resume continues it in another execution', async () => {
    const w = world();
    const content = putSource(w, 40 * PART);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    const name = `${transfer.transferId}-1`;
    w.faults.lambda = (step) => {
      if (step === 'copybatch') void w.machine.stop(name, { cause: 'by hand' });
    };
    expect(await w.settled(name)).toMatchObject({ status: 'ABORTED' });
    expect(await w.ports.checkpoints.read(transfer.transferId)).toMatchObject({
      state: 'failed',
      failure: { name: 'Stopped' },
    });
    w.faults.lambda = () => {};
    await resumeTransfer(w.ports)(transfer.transferId);
    expect(await w.settled(`${transfer.transferId}-2`)).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'y')).toEqual(content);
  });

  it('can be described with its parts, and is in the list of transfers', async () => {
    const w = world();
    putSource(w, 5 * PART);
    const { transfer } = await startTransfer(w.ports)({ body: requestFor(), idempotencyKey: 'k' });
    await w.settled(`${transfer.transferId}-1`);
    expect(await describeTransfer(w.ports)(transfer.transferId)).toMatchObject({
      state: 'copied',
      source: 'a:data/x',
      target: 'b:data/y',
      progress: { partsCopied: 5, partsTotal: 5, bytesCopied: 5 * PART, bytesTotal: 5 * PART, bytesInFlight: 0 },
    });
    const page = await listParts(w.ports)(transfer.transferId, { limit: '2', after: '1' });
    expect(page).toMatchObject({ parts: [{ partNumber: 2 }, { partNumber: 3 }], after: 3 });
    expect((await listTransfers(w.ports)({})).transfers).toMatchObject([{ transferId: transfer.transferId }]);
    await expect(describeTransfer(w.ports)('nobody')).rejects.toMatchObject({ name: 'NotFound' });
    for (const query of [{ after: 'x' }, { limit: '0' }])
      await expect(listParts(w.ports)(transfer.transferId, query)).rejects.toMatchObject({ name: 'InvalidRequest' });
    await expect(listTransfers(w.ports)({ limit: '0' })).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});

describe('An object that arrives', () => {
  const arrived = {
    bucket: { name: 'data' },
    object: { key: 'x', size: 1, sequencer: '0055AED6DCD90281E5' },
    reason: 'PutObject',
  };
  const into = {
    sourceEndpoint: 'a',
    endpoint: 'b',
    bucket: 'data',
    keyPrefix: 'in/',
    options: { partBytes: PART, multipartThresholdBytes: 0 },
  };

  it('without the place that it goes to is refused, which names the fields', async () => {
    const said = /InvalidRequest|needs `into.endpoint`, `into.keyPrefix` too/;
    const { into: half, ...rest } = { arrived, into: { sourceEndpoint: 'a', bucket: 'data' } };
    expect(await world().run({ ...rest, into: half })).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('needs `into.endpoint`, `into.keyPrefix` too'),
    });
    expect(await world().run(rest)).toMatchObject({ error: 'InvalidRequest', cause: expect.stringMatching(said) });
  });

  it('is transferred once, even if S3 delivers its event several times at once', async () => {
    const w = world();
    const content = putSource(w, 30 * PART);
    const outcomes = await Promise.all([1, 2, 3].map((time) => w.run({ arrived, into }, `delivery-${time}`)));
    outcomes.push(await w.run({ arrived, into }, 'a-day-later'));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('SUCCEEDED'));
    expect(w.to.get('data', 'in/x')).toEqual(content);
    expect(w.invocations.filter((step) => step === 'complete')).toHaveLength(1);
    expect((await listTransfers(w.ports)({})).transfers).toHaveLength(1);
  });

  it('reaches every place that its rules send it to', async () => {
    const w = world();
    const content = putSource(w, 3 * PART);
    const elsewhere = { ...into, keyPrefix: 'also/' };
    const outcomes = await Promise.all([w.run({ arrived, into }), w.run({ arrived, into: elsewhere })]);
    expect(outcomes.map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect([w.to.get('data', 'in/x'), w.to.get('data', 'also/x')]).toEqual([content, content]);
    expect((await listTransfers(w.ports)({})).transfers).toHaveLength(2);
  });

  it('continues the transfer of an earlier version under its id, and only for the same target', async () => {
    const w = world();
    const content = putSource(w, 3 * PART);
    const former = formerIdOfArrival(arrivalSchema.parse(arrived));
    const target = { endpoint: 'b', bucket: 'data', key: 'in/x' };
    const request = parseRequest({ ...into.options, source: { endpoint: 'a', bucket: 'data', key: 'x' }, target });
    await w.ports.checkpoints.create(newTransfer(former, request, Date.now(), arrived.object.sequencer));
    expect(await w.run({ arrived, into })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await w.ports.checkpoints.read(former)).toMatchObject({ state: 'copied' });
    expect(await w.run({ arrived, into: { ...into, keyPrefix: 'also/' } })).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'also/x')).toEqual(content);
  });
});

it('The query of a source URL is gone when the transfer is over, and the same request still finds it', async () => {
  const w = world();
  const asked = (url: string) => ({ ...requestFor(), source: { url } });
  const [url, start] = ['https://example.org/file?X-Amz-Signature=5ec2e7', w.ports.executions.start];
  w.ports.executions.start = async () => true;
  const { transfer } = await startTransfer(w.ports)({ body: asked(url), idempotencyKey: 'k' });
  const { transferId } = transfer;
  const end = { executionArn: 'arn', status: 'SUCCEEDED', input: JSON.stringify({ transferId }) } as const;
  await settleTransfer(w.ports)({ detail: end });
  expect(await w.ports.checkpoints.keptUrl(transferId)).toBe(url);
  await w.ports.checkpoints.change(transferId, (now) => ({ ...now, state: 'copied' }));
  for (let times = 0; times < 2; times += 1) await settleTransfer(w.ports)({ detail: end });
  const stored = JSON.stringify(await w.ports.checkpoints.read(transferId));
  expect(stored).toMatch(/https:\/\/example.org\/file\?partway-query-sha256=[0-9a-f]{64}"/);
  expect(stored).not.toContain('5ec2e7');
  expect(await w.ports.checkpoints.keptUrl(transferId)).toBeUndefined();
  expect(await startTransfer(w.ports)({ body: asked(url), idempotencyKey: 'k' })).toMatchObject({ isNew: false });
  const other = startTransfer(w.ports)({ body: asked(`${url}0`), idempotencyKey: 'k' });
  await expect(other).rejects.toMatchObject({ name: 'KeyReused' });
  w.ports.executions.start = start;
});
