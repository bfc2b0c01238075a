import { SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parameterStore } from '../../functions/adapters/aws/parameter-store.ts';
import { parameterStore as localParameterStore } from '../../tools/local/aws/parameter-store.ts';
import { type OpenDoor, openDoor } from '../local/fixture/door.ts';

const path = '/partway/Stack/Partway';
const endpoint = (name: string, region = 'eu-central-1') => ({ name, provider: 'aws', region, allow: ['data'] });
const parameters = new Map<string, string>();
let door: OpenDoor;
beforeAll(async () => {
  door = await openDoor([localParameterStore(async () => parameters)]);
});
afterAll(() => door.close());
beforeEach(() => {
  parameters.clear();
  for (let index = 0; index < 25; index += 1) write(endpoint(`endpoint-${index}`));
});

function write(value: { readonly name: string }): void {
  parameters.set(`${path}/${value.name}`, JSON.stringify(value));
}

/** The endpoints as a Lambda opens them, with a clock that the test sets, the calls that were made, and the next failure. */
function opened() {
  const world = { nowMs: 0, calls: 0, failure: undefined as string | undefined };
  const client = new SSMClient(door.clientOf('Plan'));
  client.middlewareStack.add(
    (next) => async (args) => {
      world.calls += 1;
      if (world.failure) throw Object.assign(new Error('Rate exceeded'), { name: world.failure });
      return next(args);
    },
    { step: 'finalizeRequest' },
  );
  return { world, register: parameterStore(path, { nowMs: () => world.nowMs }, client) };
}

describe('The endpoints in Parameter Store', () => {
  it('are read one by one when a request names them, and kept for a minute', async () => {
    const { world, register } = opened();
    expect(await register.read('endpoint-7')).toEqual(endpoint('endpoint-7'));
    write(endpoint('endpoint-7', 'us-east-1'));
    world.nowMs = 59_999;
    expect([await register.read('endpoint-7'), world.calls]).toEqual([endpoint('endpoint-7'), 1]);
    world.nowMs = 60_000;
    expect([await register.read('endpoint-7'), world.calls]).toEqual([endpoint('endpoint-7', 'us-east-1'), 2]);
  });

  it('are read once for two requests at the same time', async () => {
    const { world, register } = opened();
    await Promise.all([register.read('endpoint-7'), register.read('endpoint-7')]);
    expect(world.calls).toBe(1);
  });

  it('are listed from all pages', async () => {
    const { world, register } = opened();
    const names = (await register.list()).map(({ name }) => name);
    expect(names.toSorted()).toEqual([...parameters.keys()].map((name) => name.slice(path.length + 1)).toSorted());
    expect(world.calls).toBe(3);
  });

  it('are known as soon as they exist, and no name reaches another parameter', async () => {
    const { world, register } = opened();
    expect(await register.read('new')).toBeUndefined();
    write(endpoint('new'));
    expect(await register.read('new')).toEqual(endpoint('new'));
    expect([await register.read('../Other/Partway/x'), await register.read('')]).toEqual([undefined, undefined]);
    expect(world.calls).toBe(2);
  });

  it.each(['ThrottlingException', 'InternalServerError'])(
    'keep their old values while Parameter Store answers %s, and are read again a minute later',
    async (failure) => {
      const { world, register } = opened();
      await register.read('endpoint-7');
      await register.list();
      write(endpoint('endpoint-7', 'us-east-1'));
      world.failure = failure;
      for (world.nowMs = 60_000; world.nowMs <= 180_000; world.nowMs += 60_000) {
        expect(await register.read('endpoint-7')).toEqual(endpoint('endpoint-7'));
        expect(await register.list()).toHaveLength(25);
      }
      world.failure = undefined;
      expect(await register.read('endpoint-7')).toEqual(endpoint('endpoint-7', 'us-east-1'));
    },
  );

  it.each([
    ['ThrottlingException', 'Throttled'],
    ['TimeoutError', 'Unreachable'],
    ['AccessDeniedException', 'Refused'],
  ])('fail if they were never read: %s becomes %s, and the next call reads again', async (failure, name) => {
    const { world, register } = opened();
    world.failure = failure;
    await expect(register.read('endpoint-7')).rejects.toMatchObject({ name });
    await expect(register.list()).rejects.toMatchObject({ name });
    world.failure = undefined;
    expect(await register.read('endpoint-7')).toEqual(endpoint('endpoint-7'));
  });

  it('are unknown after they were deleted, even if they were read before', async () => {
    const { world, register } = opened();
    await register.read('endpoint-7');
    parameters.delete(`${path}/endpoint-7`);
    world.nowMs = 60_000;
    expect(await register.read('endpoint-7')).toBeUndefined();
  });
});
