import { setTimeout as after } from 'node:timers/promises';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import { MiB } from '../../functions/transfer/sizes.ts';
import { AwsError } from '../../tools/local/door/observe.ts';
import { until } from '../e2e/stack-process.ts';
import { clientOf } from '../store/running-store.ts';
import { rightsOf } from './evaluate.ts';
import { rightText } from './names.ts';
import { openScene, type Scene, type Trick } from './scene.ts';
import { aged, failing, lost, without, withVersion } from './tricks.ts';
import { unexplained } from './unused.ts';

let scene: Scene;
let a: S3Client;
let b: S3Client;
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
  [a, b] = [client(scene.stack.stores.a), client(scene.stack.stores.b)];
  const objects = [['large', LARGE], ['changes', LARGE], ['small', 'small']] as const;
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

/** A transfer in parts whose first part does not end before it is let go. */
async function held(request: TransferRequestInput) {
  const gate = Promise.withResolvers<void>();
  const about = `"Key":"${request.target.key}"`;
  const play = async (serve: () => Promise<unknown>) => gate.promise.then(serve);
  scene.tricks.push({ by: 'copy-batch', call: 's3:UploadPart', about, play });
  const { transferId } = await scene.api.start({ ...request, ...inParts, ...streamed, partsAtOnce: 1, batchesAtOnce: 1 });
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
      run({ source: ofVersion('large'), target: target('streamed'), ...inParts, ...streamed, acl, verify: 'read-back' }),
      run({ source: ofVersion('small'), target: target('whole'), ...streamed, acl, overwrite: 'never' }),
      run({ source: ofVersion('large'), target: target('in the store'), ...inParts, verify: 'read-back' }),
      run({ source: source('small'), target: target('whole, in the store') }),
    ]);
    expect(states).toEqual(['copied', 'copied', 'copied', 'copied']);
  });

  it('copies between two stores by their secrets, by an idempotency key, from a URL, and what arrives', async () => {
    await a.send(new PutObjectCommand({ Bucket: 'incoming', Key: 'arrived', Body: 'arrived' }));
    const request = { source: { endpoint: 'a', bucket: 'data', key: 'large' }, target: { endpoint: 'b', bucket: 'data', key: 'x' } };
    const start = () => scene.api.start({ ...request, ...inParts, verify: 'read-back' }, { idempotencyKey: 'once' });
    const { transferId } = await start();
    expect((await start()).transferId).toBe(transferId);
    const small = { ...request, source: { ...request.source, key: 'small' }, target: { ...request.target, key: 'y' } };
    expect(await Promise.all([ended(transferId), run(small)])).toEqual(['copied', 'copied']);
    await until(async () => (await scene.api.list()).transfers.some(({ target, state }) => target === 'b:arrived/arrived' && state === 'copied'));
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
    expect(await run({ source: source('changes'), target: target('gone'), ...inParts, verify: 'read-back' })).not.toBe('copied');
  });

  it('is asked: what it has, what it would do, whether its stores work, which uploads are open', async () => {
    const { api, owner } = scene;
    expect((await api.endpoints()).endpoints).toHaveLength(3);
    await api.plan({ source: ofVersion('small'), target: target('new'), overwrite: 'if-different' });
    await api.plan({ source: source('large'), target: target('in the store'), overwrite: 'if-different', verify: 'read-back', ...inParts });
    await api.plan({ source: { endpoint: 'a', bucket: 'data', key: 'small' }, target: { endpoint: 'b', bucket: 'data', key: 'new' } });
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
    const arn = scene.stack.executions.list({ max: 1000 }).items.find(({ name }) => name.startsWith(work.transferId))!.executionArn;
    const other = { arn: `${arn}-other`, redriveCount: 0 };
    const asked = { transferId: work.transferId };
    await invoke('initiate', { input: asked, execution: other });
    await invoke('initiate', { input: { source: source('small'), target: target('held') }, execution: other });
    const history = { events: 24_900, assumed: 0, redriveCount: 0 };
    await invoke('initiate', { input: { ...asked, history }, execution: { arn, redriveCount: 0 } });
    for (const step of ['plan', 'complete'] as const) await invoke(step, { ...asked, execution: other });
    await invoke('plan', { ...asked, execution: { arn, redriveCount: 0 } });
    await expect(api.start({ source: source('small'), target: target('held') })).rejects.toThrow(/TargetBusy|is writing/);

    // One part is copied when it is paused; it is forgotten by the store, and its source is another one after that.
    work.release();
    await until(async () => (await api.parts(work.transferId)).parts.length > 0);
    await api.pause(work.transferId);
    expect(await ended(work.transferId)).toBe('paused');
    play({ by: 'plan', call: 's3:ListParts', about: 'held', play: without(/<Part>.*<\/Part>/s) });
    await api.resume(work.transferId);
    await until(async () => scene.tricks.length <= 1);
    expect(await ended(work.transferId)).toBe('copied');
    expect(await adopting).toBe('copied');
  });
});

it('Every right is used', () => {
  expect(scene.denied).toEqual([]);
  const used = new Set(scene.allowed.flatMap(({ principal, by }) => by.map((right) => rightText(principal, right))));
  const granted = [...scene.rights.statements].flatMap(([principal, statements]) =>
    statements.flatMap(rightsOf).map((right) => rightText(principal, right)),
  );
  const unused = [...new Set(granted)].filter((right) => !used.has(right)).toSorted();
  console.log(unused.join('\n'));
  console.log(scene.tricks);
  void aged; void after; void b; void ListMultipartUploadsCommand; void unexplained;
});
