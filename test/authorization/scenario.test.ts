import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { pushed } from '../e2e/pushed.ts';
import { until } from '../e2e/stack-process.ts';
import { clientOf } from '../store/running-store.ts';
import { type Asking, askingOf, inParts, streamed } from './asking.ts';
import type { Statement } from './evaluate.ts';
import { needless, unexplained } from './needless.ts';
import type { Rights } from './rights.ts';
import { openScene, type Scene, type Trick } from './scene.ts';
import { aged, dying, failing, lost, without, withVersion } from './tricks.ts';

let scene: Scene;
let a: S3Client;
let { run, ended, becomes, resumed, hold, held } = {} as Asking;
const LARGE = Buffer.alloc(11 * MiB, 'genome');
const Tagging = 'kind=genome';
const restarting = { onSourceChange: 'restart' } as const;
const source = (key: string) => ({ endpoint: 's3', bucket: 'films', key });
const target = (key: string) => ({ endpoint: 's3', bucket: 'archive', key });
const atA = (key: string) => ({ endpoint: 'a', bucket: 'data', key });
const atB = (key: string) => ({ endpoint: 'b', bucket: 'data', key });
const ofVersion = (key: string) => ({ ...source(key), versionId: 'null' });

beforeAll(async () => {
  scene = await openScene();
  ({ run, ended, becomes, resumed, hold, held } = askingOf(scene));
  const client = ({ url, ...credentials }: Scene['stack']['stores']['a']) => clientOf(url, { credentials });
  a = client(scene.stack.stores.a);
  const objects = [
    ['large', LARGE],
    ['changes', LARGE],
    ['middle', Buffer.alloc(9 * MiB, 'middle')], // It goes as one request, and is too large for Initiate.
    ['small', 'small'],
  ] as const;
  for (const [Key, Body] of objects) {
    await scene.owner.send(new PutObjectCommand({ Bucket: 'films', Key, Body, Tagging }));
    await a.send(new PutObjectCommand({ Bucket: 'data', Key, Body }));
  }
});
afterAll(() => scene?.close());

const play = (...tricks: Trick[]) => void scene.tricks.push(...tricks);

describe('A stack with the synthesized roles', () => {
  it('copies with its roles: streamed and in the store, whole and in parts, read back, with tags and ACL', async () => {
    play(
      { by: 'copy-whole', call: 's3:PutObject', about: '"Key":"whole"', play: lost('InternalError', 500) },
      { call: 's3:HeadObject', about: '"Key":"streamed"', always: true, play: withVersion },
      failing('read-back', 's3:GetObject', '"Key":"streamed"', 'NoSuchKey'),
    );
    const acl = 'public-read';
    const readBack = { ...inParts, verify: 'read-back' } as const;
    const states = await Promise.all([
      run({ source: ofVersion('large'), target: target('streamed'), ...readBack, ...streamed, acl }),
      run({ source: ofVersion('middle'), target: target('whole'), ...streamed, acl, overwrite: 'never' }),
      run({ source: ofVersion('large'), target: target('in the store'), ...readBack }),
      run({ source: source('middle'), target: target('whole, in the store') }),
      run({ source: ofVersion('small'), target: target('small'), ...streamed, acl, overwrite: 'never' }),
      run({ source: source('small'), target: target('small, in the store') }),
    ]);
    expect(states).toEqual(Array(6).fill('copied'));
  });

  it('copies between two stores with their secrets, with an idempotency key, from a URL, and by an event', async () => {
    await a.send(new PutObjectCommand({ Bucket: 'incoming', Key: 'arrived', Body: 'arrived' }));
    const request = { source: atA('large'), target: atB('x'), ...inParts, verify: 'read-back' } as const;
    const start = () => scene.api.start(request, { idempotencyKey: 'once' });
    const { transferId } = await start();
    expect((await start()).transferId).toBe(transferId);
    const [small = '', middle = '', large = ''] = await Promise.all(
      ['small', 'middle', 'large'].map((Key) =>
        getSignedUrl(scene.owner, new GetObjectCommand({ Bucket: 'films', Key })),
      ),
    );
    // Nobody has read the bytes of the adopted part, so reading back compares them with those at the URL.
    const begun = { Bucket: 'archive', Key: 'from a URL, in parts' };
    const { UploadId } = await scene.owner.send(new CreateMultipartUploadCommand(begun));
    const Body = LARGE.subarray(0, 5 * MiB);
    await scene.owner.send(new UploadPartCommand({ ...begun, UploadId, PartNumber: 1, Body }));
    const resumeFrom = { uploadId: UploadId!, partBytes: 5 * MiB };
    const others: TransferRequestInput[] = [
      { source: atA('small'), target: atB('y') },
      { source: atA('middle'), target: atB('z') },
      { source: { url: small }, target: target('from a URL') },
      { source: { url: middle }, target: target('from a URL, middle') },
      { source: { url: large }, target: target(begun.Key), verify: 'read-back', resumeFrom },
    ];
    const states = await Promise.all([ended(transferId), ...others.map(run)]);
    expect(states).toEqual(Array(6).fill('copied'));
    await until(async () => {
      const { transfers } = await scene.api.list();
      return transfers.some((each) => each.target === 'b:arrived/arrived' && each.state === 'copied');
    });
  });

  it('signs URLs with its role, by which clients push objects, whole and in parts, with tags and ACL', async () => {
    const tags = { kind: 'genome' };
    const push = (key: string, content: Buffer, more: Partial<TransferRequestInput> = {}) =>
      pushed(
        scene.api,
        {
          source: { client: { name: key, bytes: content.length } },
          target: target(key),
          tags,
          acl: 'public-read',
          ...more,
        },
        content,
      );
    const states = await Promise.all([push('pushed', LARGE, inParts), push('pushed whole', Buffer.from('small'))]);
    expect(states).toEqual(['copied', 'copied']);
    const byTheirSecret = { source: { client: { name: 'x', bytes: LARGE.length } }, target: atB('pushed'), ...inParts };
    expect(await pushed(scene.api, byTheirSecret, LARGE)).toBe('copied');
    const begun = { Bucket: 'archive', Key: 'pushed by another program' };
    const { UploadId = '' } = await scene.owner.send(new CreateMultipartUploadCommand(begun));
    const resumeFrom = { uploadId: UploadId, partBytes: 5 * MiB };
    expect(await push(begun.Key, LARGE, { multipartThresholdBytes: 0, resumeFrom })).toBe('copied');
  });

  it('begins one upload for two clients that push at once', async () => {
    const raced = { source: { client: { name: 'x', bytes: 11 * MiB } }, target: target('raced'), ...inParts };
    const { transferId } = await scene.api.start(raced);
    const [reached, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const late: Trick['play'] = async (serve) => {
      const answer = await serve();
      reached.resolve();
      await released.promise;
      return answer;
    };
    play({ by: 'push', call: 's3:CreateMultipartUpload', about: '"Key":"raced"', play: late });
    const sign = () => scene.api.signParts(transferId, [{ partNumber: 1, bytes: 5 * MiB, crc32: 0 }]);
    const first = sign();
    await reached.promise;
    const second = await sign();
    released.resolve();
    expect((await first).uploadId).toBe(second.uploadId);
    await scene.api.abort(transferId);
    await becomes(transferId, 'aborted');
  });

  it('recovers from a lost upload, a changed source, lost parts and lost answers', async () => {
    play(
      failing('copy-batch', 's3:GetObject', '"Key":"large"', 'NoSuchKey'),
      failing('copy-whole', 's3:GetObject', '"Key":"middle"', 'NoSuchKey'),
      failing('initiate', 's3:GetObject', '"Key":"small"', 'NoSuchKey'),
      { by: 'complete', call: 's3:ListParts', about: 'a part is gone', play: without(/<Part>.*?<\/Part>/s) },
      failing('copy-batch', 's3:UploadPart', 'upload is lost', 'NoSuchUpload'),
      { by: 'complete', call: 's3:CompleteMultipartUpload', about: 'unheard', play: lost('NoSuchUpload', 404) },
      failing('complete', 's3:HeadObject', 'unheard', 'NoSuchKey'),
      failing('plan', 's3:HeadObject', '"Key":"changes"', 'NoSuchKey'),
    );
    const states = await Promise.all([
      run({ source: source('large'), target: target('changed'), ...inParts, ...streamed, ...restarting }),
      run({ source: source('middle'), target: target('changed middle'), ...streamed, ...restarting }),
      run({ source: source('small'), target: target('changed small'), ...streamed, ...restarting }),
      run({ source: ofVersion('changes'), target: target('changed in the store'), ...inParts, ...restarting }),
      run({ source: source('changes'), target: target('a part is gone'), ...inParts, ...streamed }),
      run({ source: source('changes'), target: target('upload is lost'), ...inParts, ...streamed }),
      run({ source: source('changes'), target: target('unheard'), ...inParts, ...streamed }),
    ]);
    expect(states).toEqual(Array(7).fill('copied'));
    // While Partway reads back, the source is already gone.
    play(failing('read-back', 's3:GetObject', '"Key":"changes"', 'NoSuchKey'));
    const gone = { source: source('changes'), target: target('gone'), ...inParts, verify: 'read-back' } as const;
    expect(await run(gone)).toBe('aborted');
  });

  it('answers which transfers it has, what a copy would do, whether its stores work, and which uploads are open', async () => {
    const { api, owner } = scene;
    expect((await api.endpoints()).endpoints).toHaveLength(3);
    await api.plan({ source: ofVersion('small'), target: target('new'), overwrite: 'if-different' });
    const again = { source: source('large'), target: target('in the store'), ...inParts } as const;
    await api.plan({ ...again, overwrite: 'if-different', verify: 'read-back' });
    await api.plan({ source: atA('small'), target: atB('new') });
    const { checks } = await api.checkEndpoint('s3');
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    const { UploadId } = await owner.send(new CreateMultipartUploadCommand({ Bucket: 'archive', Key: 'left' }));
    const at = { endpoint: 's3', bucket: 'archive' };
    expect((await api.uploads({ ...at, prefix: '' })).uploads).toHaveLength(1);
    await api.abortUpload({ ...at, key: 'left', uploadId: UploadId! });
  });

  it('adopts, pauses, resumes, cancels and refuses, and late attempts stop by themselves', async () => {
    const { api, owner, invoke } = scene;
    const Key = 'adopted';
    const { UploadId } = await owner.send(new CreateMultipartUploadCommand({ Bucket: 'archive', Key }));
    const Body = LARGE.subarray(0, 5 * MiB);
    await owner.send(new UploadPartCommand({ Bucket: 'archive', Key, UploadId, PartNumber: 1, Body }));
    const resumeFrom = { uploadId: UploadId!, partBytes: 5 * MiB };
    const adopting = run({ source: source('large'), target: target(Key), multipartThresholdBytes: 0, resumeFrom });

    const work = await held({ source: source('changes'), target: target('held'), ...restarting });
    const { items } = scene.stack.executions.list({ max: 1000 });
    const arn = items.find(({ name }) => name.startsWith(work.transferId))!.executionArn;
    const other = { arn: `${arn}-other`, redriveCount: 0 };
    const asked = { transferId: work.transferId };
    await invoke('initiate', { input: asked, execution: other });
    await invoke('initiate', { input: { source: source('small'), target: target('held') }, execution: other });
    const history = { events: 24_900, assumed: 0, redriveCount: 0 };
    await invoke('initiate', { input: { ...asked, history }, execution: { arn, redriveCount: 0 } });
    for (const step of ['plan', 'complete'] as const) await invoke(step, { ...asked, execution: other });
    await invoke('plan', { ...asked, execution: { arn, redriveCount: 0 } });
    const busy = api.start({ source: source('small'), target: target('held') });
    await expect(busy).rejects.toMatchObject({ name: 'TargetBusy' });

    // One part is copied when it is paused. Then the store forgets that part.
    const second = hold('s3:UploadPart', '"Key":"held"');
    work.release();
    await second.reached;
    expect((await api.parts(work.transferId)).parts).toHaveLength(1);
    await api.pause(work.transferId);
    expect(await ended(work.transferId)).toBe('paused');
    second.release();
    play({ by: 'plan', call: 's3:ListParts', about: '"Key":"held"', play: without(/<Part>.*<\/Part>/s) });
    await resumed(work.transferId);
    expect(await adopting).toBe('copied');
  });

  it('resumes after a changed source, a cancel, a refusal and a repair, and finds uploads of crashed attempts', async () => {
    const { api, owner } = scene;
    const changing = await held({ source: source('changes'), target: target('changing'), ...restarting });
    const one = await held({ source: source('large'), target: target('cancelled') });
    const other = await held({ source: atA('large'), target: atB('cancelled') }, 'dynamodb:Query');
    await api.pause(changing.transferId);
    for (const { transferId } of [one, other]) await api.abort(transferId);
    for (const { release } of [changing, one, other]) release();
    for (const { transferId } of [one, other]) await becomes(transferId, 'aborted');
    expect(await ended(changing.transferId)).toBe('paused');
    await owner.send(new PutObjectCommand({ Bucket: 'films', Key: 'changes', Body: Buffer.alloc(6 * MiB) }));
    await resumed(changing.transferId);

    expect(await run({ source: source('nothing'), target: target('nothing') })).toBe('failed');
    const kept = { source: source('middle'), target: target('kept'), ...streamed, overwrite: 'if-different' } as const;
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

  it('sweeps: it aborts transfers that nobody resumed, finds unknown uploads, and has a report', async () => {
    const { api, owner, invoke } = scene;
    play(failing('copy-batch', 's3:UploadPart', '"Key":"forgotten"', 'AccessDenied'));
    expect(await run({ source: source('large'), target: target('forgotten'), ...inParts, ...streamed })).toBe('failed');
    await owner.send(new CreateMultipartUploadCommand({ Bucket: 'archive', Key: 'orphan' }));
    const work = await held({ source: source('large'), target: target('at work') });
    const reading = ['dynamodb:BatchGetItem', 'dynamodb:GetItem'];
    play(...reading.map((call) => ({ by: 'sweep', call, always: true, play: aged }) as const));
    await invoke('sweep', { abortOrphans: true, orphanDays: 0 });
    const { counts, rows } = await api.sweep('latest');
    expect(counts).toMatchObject({ orphan: 1, settled: 0, skipped: 0, notLookedAt: 0 });
    expect(rows).toContainEqual(expect.objectContaining({ outcome: 'givenUp', target: 's3:archive/forgotten' }));
    work.release();
    expect(await ended(work.transferId)).toBe('copied');
  });
});

describe('The signature of a source URL', () => {
  it('came with the call of the API, and went to no service of AWS but into its own row', () => {
    expect(new Set(scene.signed)).toEqual(
      new Set(['apigateway.amazonaws.com lambda:Invoke', 'api dynamodb:PutItem U#']),
    );
  });
});

describe('The rights of the stack', () => {
  it('allow each of these calls', () => {
    expect(scene.denied).toEqual([]);
    // Every planned failure has happened.
    expect(scene.tricks.filter(({ always }) => !always)).toEqual([]);
  });

  it('are all needed or explained: without any one of them, one of these calls would be denied', () => {
    expect(unexplained(needless(scene.rights, scene.allowed))).toEqual({ rights: [], rows: [] });
  });

  it('are needed by a transfer: if an action is removed, its call is denied and the transfer fails', async () => {
    const { api, rights, denied } = scene;
    scene.rule(lacking(rights, 's3:PutObject'));
    const request = { source: source('small'), target: target('denied'), ...streamed };
    const { transferId } = await api.start(request);
    expect(await ended(transferId)).toBe('failed');
    const message = expect.stringContaining('AccessDenied');
    expect((await api.describe(transferId)).failure).toMatchObject({ name: 'Refused', message });
    const what = 'is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::archive/denied';
    expect(denied).toEqual([expect.stringMatching(new RegExp(`initiate.* ${what} `))]);
    scene.rule(lacking(rights, 'states:RedriveExecution'));
    await expect(api.resume(transferId)).rejects.toMatchObject({ name: 'Refused' });
  });
});

/** The same rights, but nobody may use this action. */
function lacking(rights: Rights, action: string): Rights {
  const without = ({ actions, ...rest }: Statement) => ({
    ...rest,
    actions: actions.filter((each) => each !== action),
  });
  const statements = [...rights.statements].map(([principal, all]) => [principal, all.map(without)] as const);
  return { ...rights, statements: new Map(statements) };
}
