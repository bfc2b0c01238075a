import { describe, expect, it } from 'vitest';
import { describeTransfer, listTransfers } from '../../functions/engine/calls/describe-transfer.ts';
import { resumeTransfer } from '../../functions/engine/calls/resume-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { putSource, requestFor } from './request.ts';
import { tiny, type World, world } from './world.ts';

const PART = 1024;
const listed = async (w: World) => (await listTransfers(w.ports)({})).transfers;

/** Starts a request as the API does, waits for its execution, and gives the view of its transfer. */
async function ended(w: World, more: Parameters<typeof requestFor>[0] = {}) {
  const { transfer } = await startTransfer(w.ports)({ body: requestFor(more), requestId: Math.random().toString() });
  await w.settled(`${transfer.transferId}-1`);
  return describeTransfer(w.ports)(transfer.transferId);
}

describe('A request', () => {
  it('that the kind of the target never takes is refused before anything is written', async () => {
    const { title } = profiles.us3;
    const w = world({ ...tiny, title, takesTags: false });
    const body = requestFor({ tags: { kind: 'film' } });
    await expect(startTransfer(w.ports)({ body, requestId: 'r' })).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: `\`tags\`: ${title} takes none.`,
    });
    expect([await listed(w), w.machine.list().items]).toEqual([[], []]);
    expect(await w.ports.checkpoints.lockOwner(body.target)).toBeUndefined();
  });

  it('that only the stores can judge is listed as refused if nothing began, and leaves the key free', async () => {
    const w = world();
    const view = await ended(w);
    expect(view).toMatchObject({ state: 'failed', failure: { name: 'SourceMissing' }, refused: true });
    putSource(w, PART);
    w.faults.target = (store) => ({
      ...store,
      beginUpload: async () => Promise.reject(new TransferError('InvalidRequest', 'The store takes no such class.')),
    });
    // Here the plan was made before the store refused.
    expect(await ended(w)).toMatchObject({
      failure: { name: 'InvalidRequest' },
      refused: true,
      plan: { partCount: 1 },
    });
    expect(await w.ports.checkpoints.lockOwner(requestFor().target)).toBeUndefined();
    expect(w.to.openUploads()).toEqual([]);
  });

  it('that is refused when it has an upload is a failure: it keeps the key and its parts, and can be resumed', async () => {
    const w = world();
    const content = putSource(w, 3 * PART);
    w.faults.target = (store) => ({
      ...store,
      writePart: async (part, ...rest) =>
        part.partNumber === 3
          ? Promise.reject(new TransferError('InvalidRequest', 'The bucket wants another checksum.'))
          : store.writePart(part, ...rest),
    });
    const view = await ended(w);
    expect(view).toMatchObject({ state: 'failed', failure: { name: 'InvalidRequest' }, refused: undefined });
    expect(await w.ports.checkpoints.lockOwner(requestFor().target)).toBe(view.transferId);
    w.faults.target = (store) => store;
    await resumeTransfer(w.ports)(view.transferId);
    await w.settled(`${view.transferId}-1`);
    expect(w.to.get('data', 'y')).toEqual(content);
  });
});

describe('A request in the input of an execution', () => {
  it('is refused if its URL has a query, because the input stays in the history', async () => {
    const w = world();
    const source = { url: 'https://example.org/x?code=5ec2e7' };
    expect(await w.run(requestFor({ source }))).toMatchObject({
      error: 'InvalidRequest',
      cause: expect.stringContaining('start this transfer with the API'),
    });
    const [view] = await listed(w);
    expect(view).toMatchObject({ source: 'https://example.org/x', refused: true });
    expect(JSON.stringify(await w.ports.checkpoints.read(view!.transferId))).not.toContain('5ec2e7');
  });
});

describe('An object that arrives and makes no request', () => {
  const into = { sourceEndpoint: 'a', endpoint: 'b', bucket: 'data', keyPrefix: 'in/', options: {} };
  const arrived = { bucket: { name: 'data' }, object: { key: 'x', sequencer: '00' } };
  const long = { ...arrived, object: { ...arrived.object, key: 'k'.repeat(1024) } };

  it.each([
    ['its key is too long behind the prefix', { arrived: long, into }, 'a key has at most 1,024 bytes', 'a:data/kk'],
    ['its rule has a wrong option', { arrived, into: { ...into, options: { sauce: 1 } } }, '`sauce`', 'a:data/x'],
    ['its event is malformed', { arrived: { bucket: 'data' }, into }, 'The S3 event', 'a:?/?'],
    ['its rule does not say where it goes', { arrived, into: {} }, 'needs `into.', '?:data/x'],
  ])('because %s is listed and announced with name, sentence and remedy', async (_, input, said, source) => {
    const w = world();
    const { status } = await w.run(input, 'execution');
    expect(status).toBe('FAILED');
    const failure = {
      name: 'InvalidRequest',
      message: expect.stringContaining(said),
      next: expect.stringContaining('Correct what the message names'),
    };
    const [view, ...others] = await listed(w);
    expect([view, others]).toEqual([expect.objectContaining({ refused: true, failure }), []]);
    expect(view!.source.startsWith(source)).toBe(true);
    expect(view!.execution).toMatch(/:execution$/);
    const { transferId } = view!;
    expect(w.announced).toMatchObject([{ type: 'Transfer Failed', detail: { transferId, state: 'failed', failure } }]);
    await expect(resumeTransfer(w.ports)(transferId)).rejects.toMatchObject({ name: 'Ended' });
  });

  it('is copied when the same event comes again after its rule was corrected', async () => {
    const w = world();
    const content = putSource(w, PART);
    await w.run({ arrived, into: { ...into, options: { sauce: 1 } } });
    expect(await w.run({ arrived, into })).toMatchObject({ status: 'SUCCEEDED' });
    expect(w.to.get('data', 'in/x')).toEqual(content);
    expect((await listed(w)).map(({ state }) => state).toSorted()).toEqual(['aborted', 'copied']);
  });
});
