import { CreateMultipartUploadCommand, PutObjectCommand, type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/sizes.ts';
import { until } from '../e2e/stack-process.ts';
import { clientOf } from '../store/running-store.ts';
import type { Statement } from './evaluate.ts';
import { needless, unexplained } from './needless.ts';
import type { Rights } from './rights.ts';
import { openScene, type Scene, type Trick } from './scene.ts';
import { aged, dying, failing, lost, without, withVersion } from './tricks.ts';

let scene: Scene;
let a: S3Client;
const LARGE = Buffer.alloc(11 * MiB, 'genome');
const Tagging = 'kind=genome';
const inParts = { partBytes: 5 * MiB, multipartThresholdBytes: 0 };
const streamed = { serverSideCopy: 'never' } as const;
const restarting = { onSourceChange: 'restart' } as const;
const source = (key: string) => ({ endpoint: 's3', bucket: 'films', key });
const target = (key: string) => ({ endpoint: 's3', bucket: 'archive', key });
const ofVersion = (key: string) => ({ ...source(key), versionId: 'null' });

beforeAll(async () => {
  scene = await openScene();
  const client = ({ url, ...credentials }: Scene['stack']['stores']['a']) => clientOf(url, { credentials });
  a = client(scene.stack.stores.a);
  const objects = [
    ['large', LARGE],
    ['changes', LARGE],
    ['small', 'small'],
  ] as const;
  for (const [Key, Body] of objects) {
    await scene.owner.send(new PutObjectCommand({ Bucket: 'films', Key, Body, Tagging }));
    await a.send(new PutObjectCommand({ Bucket: 'data', Key, Body }));
  }
});
afterAll(() => scene?.close());

async function ended(transferId: string): Promise<string> {
  const { state } = await until(async () => {
    const view = await scene.api.describe(transferId);
    return ['copied', 'failed', 'aborted', 'paused'].includes(view.state) && view;
  });
  return state;
}

async function run(request: TransferRequestInput): Promise<string> {
  const { transferId } = await scene.api.start(request);
  return ended(transferId);
}

/** For what a person asked for: the state of before may last for a moment. */
async function becomes(transferId: string, state: 'copied' | 'aborted'): Promise<void> {
  await until(async () => (await scene.api.describe(transferId)).state === state);
}

async function resumed(transferId: string): Promise<void> {
  await scene.api.resume(transferId);
  await becomes(transferId, 'copied');
}

/** A transfer in parts that comes no further than to this call of its first batch before it is let go. */
async function held(request: TransferRequestInput, call = 's3:UploadPart') {
  const gate = Promise.withResolvers<void>();
  const about = call.startsWith('s3:') ? `"Key":"${request.target.key}"` : '';
  const play = async (serve: () => Promise<unknown>) => gate.promise.then(serve);
  scene.tricks.push({ by: 'copy-batch', call, about, play });
  const { transferId } = await scene.api.start({
    ...request,
    ...inParts,
    ...streamed,
    partsAtOnce: 1,
    batchesAtOnce: 1,
  });
  await expect.poll(() => scene.tricks.some((trick) => trick.play === play)).toBe(false);
  return { transferId, release: gate.resolve };
}

const play = (...tricks: Trick[]) => void scene.tricks.push(...tricks);

describe('A day in the life of a stack', () => {
  it('copies by its roles: streamed and in the store, whole and in parts, read back, with tags and ACL', async () => {
    play(
      { by: 'copy-whole', call: 's3:PutObject', about: '"Key":"whole"', play: lost('InternalError', 500) },
      { call: 's3:HeadObject', about: '"Key":"streamed"', always: true, play: withVersion },
      failing('read-back', 's3:GetObject', '"Key":"streamed"', 'NoSuchKey'),
    );
    const acl = 'public-read';
    const states = await Promise.all([
      run({
        source: ofVersion('large'),
        target: target('streamed'),
        ...inParts,
        ...streamed,
        acl,
        verify: 'read-back',
      }),
      run({ source: ofVersion('small'), target: target('whole'), ...streamed, acl, overwrite: 'never' }),
      run({ source: ofVersion('large'), target: target('in the store'), ...inParts, verify: 'read-back' }),
      run({ source: source('small'), target: target('whole, in the store') }),
    ]);
    expect(states).toEqual(['copied', 'copied', 'copied', 'copied']);
  });

  it('copies between two stores by their secrets, by an idempotency key, from a URL, and what arrives', async () => {
    await a.send(new PutObjectCommand({ Bucket: 'incoming', Key: 'arrived', Body: 'arrived' }));
    const request = {
      source: { endpoint: 'a', bucket: 'data', key: 'large' },
      target: { endpoint: 'b', bucket: 'data', key: 'x' },
    };
    const start = () => scene.api.start({ ...request, ...inParts, verify: 'read-back' }, { idempotencyKey: 'once' });
    const { transferId } = await start();
    expect((await start()).transferId).toBe(transferId);
    const small = { ...request, source: { ...request.source, key: 'small' }, target: { ...request.target, key: 'y' } };
    expect(await Promise.all([ended(transferId), run(small)])).toEqual(['copied', 'copied']);
    await until(async () =>
      (await scene.api.list()).transfers.some(
        ({ target, state }) => target === 'b:arrived/arrived' && state === 'copied',
      ),
    );
  });

  it('goes on where stores forget, change and lose', async () => {
    play(
      // The whole object vanishes for a moment, while it is copied and while it is judged.
      failing('copy-batch', 's3:GetObject', '"Key":"large"', 'NoSuchKey'),
      failing('copy-whole', 's3:GetObject', '"Key":"small"', 'NoSuchKey'),
      { by: 'complete', call: 's3:ListParts', about: 'a part is gone', play: without(/<Part>.*?<\/Part>/s) },
      failing('copy-batch', 's3:UploadPart', 'upload is lost', 'NoSuchUpload'),
      { by: 'complete', call: 's3:CompleteMultipartUpload', about: 'unheard', play: lost('NoSuchUpload', 404) },
      failing('complete', 's3:HeadObject', 'unheard', 'NoSuchKey'),
      failing('plan', 's3:HeadObject', '"Key":"changes"', 'NoSuchKey'),
    );
    const states = await Promise.all([
      run({ source: source('large'), target: target('changed'), ...inParts, ...streamed, ...restarting }),
      run({ source: source('small'), target: target('changed small'), ...streamed, ...restarting }),
      run({ source: ofVersion('changes'), target: target('changed in the store'), ...inParts, ...restarting }),
      run({ source: source('changes'), target: target('a part is gone'), ...inParts, ...streamed }),
      run({ source: source('changes'), target: target('upload is lost'), ...inParts, ...streamed }),
      run({ source: source('changes'), target: target('unheard'), ...inParts, ...streamed }),
    ]);
    expect(states).toEqual(Array(6).fill('copied'));
    // What is read back is held to a source that is not there any more.
    play(failing('read-back', 's3:GetObject', '"Key":"changes"', 'NoSuchKey'));
    expect(await run({ source: source('changes'), target: target('gone'), ...inParts, verify: 'read-back' })).not.toBe(
      'copied',
    );
  });

  it('is asked: what it has, what it would do, whether its stores work, which uploads are open', async () => {
    const { api, owner } = scene;
    expect((await api.endpoints()).endpoints).toHaveLength(3);
    await api.plan({ source: ofVersion('small'), target: target('new'), overwrite: 'if-different' });
    await api.plan({
      source: source('large'),
      target: target('in the store'),
      overwrite: 'if-different',
      verify: 'read-back',
      ...inParts,
    });
    await api.plan({
      source: { endpoint: 'a', bucket: 'data', key: 'small' },
      target: { endpoint: 'b', bucket: 'data', key: 'new' },
    });
    const { checks } = await api.checkEndpoint('s3');
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const { UploadId } = await owner.send(new CreateMultipartUploadCommand({ Bucket: 'archive', Key: 'left' }));
    const at = { endpoint: 's3', bucket: 'archive' };
    expect((await api.uploads({ ...at, prefix: '' })).uploads).toHaveLength(1);
    await api.abortUpload({ ...at, key: 'left', uploadId: UploadId! });
  });

  it('adopts, pauses, resumes, is cancelled and refused, and late attempts find that they are late', async () => {
    const { api, owner, invoke } = scene;
    const Key = 'adopted';
    const { UploadId } = await owner.send(new CreateMultipartUploadCommand({ Bucket: 'archive', Key }));
    const Body = LARGE.subarray(0, 5 * MiB);
    await owner.send(new UploadPartCommand({ Bucket: 'archive', Key, UploadId, PartNumber: 1, Body }));
    const resumeFrom = { uploadId: UploadId!, partBytes: 5 * MiB };
    const adopting = run({ source: source('large'), target: target(Key), multipartThresholdBytes: 0, resumeFrom });

    const work = await held({ source: source('changes'), target: target('held'), ...restarting });
    const arn = scene.stack.executions
      .list({ max: 1000 })
      .items.find(({ name }) => name.startsWith(work.transferId))!.executionArn;
    const other = { arn: `${arn}-other`, redriveCount: 0 };
    const asked = { transferId: work.transferId };
    await invoke('initiate', { input: asked, execution: other });
    await invoke('initiate', { input: { source: source('small'), target: target('held') }, execution: other });
    const history = { events: 24_900, assumed: 0, redriveCount: 0 };
    await invoke('initiate', { input: { ...asked, history }, execution: { arn, redriveCount: 0 } });
    for (const step of ['plan', 'complete'] as const) await invoke(step, { ...asked, execution: other });
    await invoke('plan', { ...asked, execution: { arn, redriveCount: 0 } });
    await expect(api.start({ source: source('small'), target: target('held') })).rejects.toThrow(
      /TargetBusy|is writing/,
    );

    // One part is copied when it is paused. Then the store forgets it, and the source becomes another one.
    work.release();
    await until(async () => (await api.parts(work.transferId)).parts.length > 0);
    await api.pause(work.transferId);
    expect(await ended(work.transferId)).toBe('paused');
    play({ by: 'plan', call: 's3:ListParts', about: '"Key":"held"', play: without(/<Part>.*<\/Part>/s) });
    await resumed(work.transferId);
    expect(await adopting).toBe('copied');
  });

  it('is paused while its source changes, cancelled, refused and repaired, and finds what others have left', async () => {
    const { api, owner } = scene;
    const changing = await held({ source: source('changes'), target: target('changing'), ...restarting });
    const atS3 = await held({ source: source('large'), target: target('cancelled') });
    const between = {
      source: { endpoint: 'a', bucket: 'data', key: 'large' },
      target: { endpoint: 'b', bucket: 'data', key: 'z' },
    };
    const atB = await held(between, 'dynamodb:Query');
    await api.pause(changing.transferId);
    for (const { transferId } of [atS3, atB]) await api.cancel(transferId);
    for (const { release } of [changing, atS3, atB]) release();
    for (const { transferId } of [atS3, atB]) await becomes(transferId, 'aborted');
    expect(await ended(changing.transferId)).toBe('paused');
    await owner.send(new PutObjectCommand({ Bucket: 'films', Key: 'changes', Body: Buffer.alloc(6 * MiB) }));
    await resumed(changing.transferId);

    expect(await run({ source: source('nothing'), target: target('nothing') })).toBe('failed');
    const kept = { source: source('small'), target: target('kept'), ...streamed, overwrite: 'if-different' } as const;
    play(
      failing('copy-whole', 's3:PutObject', '"Key":"kept"', 'AccessDenied'),
      ...(['complete', 'settle'] as const).map((by) => dying(by, 'dynamodb:DeleteItem', 'kept')),
    );
    const refused = await api.start(kept);
    expect(await ended(refused.transferId)).toBe('failed');
    await resumed(refused.transferId);
    await expect.poll(() => scene.tricks.some(({ about }) => about === 'kept')).toBe(false);
    expect(await run(kept)).toBe('copied');
  });

  it('is swept: what nobody came back for is given up, what nobody knows is found, and the report is there', async () => {
    const { api, owner, invoke } = scene;
    play(failing('copy-batch', 's3:UploadPart', '"Key":"forgotten"', 'AccessDenied'));
    expect(await run({ source: source('large'), target: target('forgotten'), ...inParts, ...streamed })).toBe('failed');
    await owner.send(new CreateMultipartUploadCommand({ Bucket: 'archive', Key: 'orphan' }));
    const work = await held({ source: source('large'), target: target('at work') });
    for (const call of ['dynamodb:BatchGetItem', 'dynamodb:GetItem'])
      play({ by: 'sweep', call, always: true, play: aged });
    await invoke('sweep', { abortOrphans: true, orphanDays: 0 });
    const { counts, rows } = await api.sweep('latest');
    expect(counts).toMatchObject({ orphan: 1, settled: 0, skipped: 0, notLookedAt: 0 });
    expect(rows).toContainEqual(expect.objectContaining({ outcome: 'givenUp', target: 's3:archive/forgotten' }));
    work.release();
    expect(await ended(work.transferId)).toBe('copied');
  });
});

describe('The rights of the stack', () => {
  it('let each of these calls through', () => {
    expect(scene.denied).toEqual([]);
    expect(new Set(scene.allowed.map(({ call }) => `${call.service}:${call.operation}`)).size).toBeGreaterThan(25);
  });

  it('are all needed, or explained: without any of them one of these calls would be denied', () => {
    const nothing = { rights: [], rows: [] };
    expect(unexplained(needless(scene.rights, scene.allowed))).toEqual(nothing);
  });

  it('are what a transfer needs: where a statement is taken away, the call is denied and the transfer fails', async () => {
    const { api, rights, denied } = scene;
    scene.rule(lacking(rights, 's3:PutObject'));
    const { transferId } = await api.start({ source: source('small'), target: target('denied'), ...streamed });
    expect(await ended(transferId)).toBe('failed');
    expect((await api.describe(transferId)).failure).toMatchObject({
      name: 'Refused',
      message: expect.stringContaining('AccessDenied'),
    });
    expect(denied).toEqual([
      expect.stringMatching(
        /^User: .*copywhole.* is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::archive\/denied /,
      ),
    ]);
    scene.rule(lacking(rights, 'states:StartExecution'));
    await expect(api.start({ source: source('small'), target: target('not begun') })).rejects.toMatchObject({
      name: 'Refused',
    });
  });
});

/** The same without one action, whoever has it. */
function lacking(rights: Rights, action: string): Rights {
  const rest = ({ actions, ...statement }: Statement) => ({
    ...statement,
    actions: actions.filter((each) => each !== action),
  });
  return {
    ...rights,
    statements: new Map([...rights.statements].map(([principal, all]) => [principal, all.map(rest)])),
  };
}
