import { expect, it } from 'vitest';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { abortOpenUpload, listOpenUploads } from '../../functions/engine/calls/open-uploads.ts';
import type { Ports, TargetStore } from '../../functions/engine/ports/ports.ts';
import { leapingClock } from './leaping-clock.ts';
import { type World, world } from './world.ts';

const never = () => new Promise<never>(() => {});

/** The ports of a call to the API in a world whose store b misbehaves. */
function calling(w: World, misbehaving: Partial<TargetStore>, allow: readonly string[] = ['data']): Ports {
  const clock = leapingClock();
  const deadlineMs = clock.nowMs() + 29_000;
  return {
    ...w.ports,
    endpoint: async (name) => ({ ...(await w.ports.endpoint(name))!, allow }),
    store: async () => ({ ...w.to, ...misbehaving }),
    clock,
    deadlineMs: () => deadlineMs,
  };
}

const failed = (checks: readonly { call: string; place: string; ok: boolean }[]) =>
  checks.filter(({ ok }) => !ok).map(({ call, place }) => `${place} ${call}`);

it('A check aborts its upload even if the id of that upload came too late', async () => {
  const w = world();
  const late: TargetStore['beginUpload'] = async (write) => {
    await ports.clock.sleep(15_000);
    return w.to.beginUpload(write);
  };
  const ports = calling(w, { beginUpload: late });
  const { checks } = await checkEndpoint(ports)('b');
  expect(failed(checks)).toEqual(['data CreateMultipartUpload']);
  expect(checks.at(-1)).toMatchObject({ call: 'AbortMultipartUpload', ok: true });
  expect(await w.to.listUploads('data', '')).toEqual([]);
});

it('A check that cannot abort its upload says at which key one may be left', async () => {
  const { checks } = await checkEndpoint(calling(world(), { beginUpload: never }))('b');
  expect(failed(checks)).toEqual(['data CreateMultipartUpload', 'data AbortMultipartUpload']);
  expect(checks.at(-1)?.failure).toMatch(/^Unreachable: .* begun at b:data\/partway-check-\S+ did not answer within/);
});

it('A check that runs out of time answers what it knows, and names the places that it did not check', async () => {
  const silent = { inspect: never, beginUpload: never };
  const { checks } = await checkEndpoint(calling(world(), silent, ['data', 'more', 'last']))('b');
  expect(checks).toContainEqual({ place: 'data', call: 'read the secret', ok: true });
  expect(failed(checks).filter((each) => each.startsWith('data'))).toEqual([
    ...['data HeadObject', 'data CreateMultipartUpload', 'data AbortMultipartUpload'],
  ]);
  expect(failed(checks).slice(-2)).toEqual(['more any', 'last any']);
  expect(checks.at(-1)?.failure).toMatch('was not checked');
});

it('A list of uploads that runs out of time answers the pages that came, and says that there are more', async () => {
  const upload = { key: 'k', uploadId: 'u', initiatedAtMs: 0 };
  const uploadsPage: TargetStore['uploadsPage'] = async (_bucket, _prefix, { keyMarker }) =>
    keyMarker === undefined ? { uploads: [upload], next: { keyMarker: 'k', uploadIdMarker: 'u' } } : never();
  const list = (more: object) =>
    listOpenUploads(calling(world(), { uploadsPage }))({ endpoint: 'b', bucket: 'data', ...more });
  expect(await list({})).toEqual({ uploads: [upload], isTruncated: true });
  await expect(list({ keyMarker: 'k', uploadIdMarker: 'u' })).rejects.toMatchObject({ name: 'Unreachable' });
});

it('An abort that the store does not answer is not called done', async () => {
  const w = world();
  const target = { endpoint: 'b', bucket: 'data', key: 'k' };
  const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
  const query = { ...target, uploadId: await w.to.beginUpload(write) };
  await expect(abortOpenUpload(calling(w, { abortUpload: never }))(query)).rejects.toMatchObject({
    name: 'Unreachable',
    message: expect.stringMatching(/may have aborted/),
  });
});
