import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CheckpointsUnderTest } from './checkpoints.ts';

const freshKey = () => ({ endpoint: 'b', bucket: 'to', key: `k ${randomUUID()}` });

export function knowsOwners({ connect }: CheckpointsUnderTest): void {
  it('gives a target key to one of many who want it at once, until that one frees it', async () => {
    const checkpoints = await connect();
    const target = freshKey();
    const owners = await Promise.all(['one', 'two', 'three'].map((id) => checkpoints.lockTarget(target, id)));
    expect(new Set(owners).size).toBe(1);
    const owner = owners[0]!;
    expect(await checkpoints.lockTarget(target, owner)).toBe(owner);
    expect(await checkpoints.lockOwner(target)).toBe(owner);
    await checkpoints.releaseTarget(target, 'somebody else');
    expect(await checkpoints.lockTarget(target, 'four')).toBe(owner);
    await checkpoints.releaseTarget(target, owner);
    expect(await checkpoints.lockOwner(target)).toBeUndefined();
    expect(await checkpoints.lockTarget(target, 'four')).toBe('four');
  });

  it('frees a target key once: a second release takes it from nobody', async () => {
    const checkpoints = await connect();
    const target = freshKey();
    await checkpoints.releaseTarget(target, 'one');
    await checkpoints.lockTarget(target, 'one');
    await checkpoints.releaseTarget(target, 'one');
    await checkpoints.lockTarget(target, 'two');
    await checkpoints.releaseTarget(target, 'one');
    expect(await checkpoints.lockOwner(target)).toBe('two');
  });

  it('tells apart keys, buckets and endpoints', async () => {
    const checkpoints = await connect();
    const target = freshKey();
    await checkpoints.lockTarget(target, 'one');
    const others = [{ key: `${target.key}/` }, { bucket: 'other' }, { endpoint: 'c' }];
    const owners = others.map((other) => checkpoints.lockTarget({ ...target, ...other }, 'two'));
    expect(await Promise.all(owners)).toEqual(['two', 'two', 'two']);
    expect(await checkpoints.lockOwner(target)).toBe('one');
  });

  it('gives an idempotency key to one of many who claim it at once, and takes it from an owner that is named only', async () => {
    const checkpoints = await connect();
    const key = randomUUID();
    expect(await checkpoints.keyOwner(key)).toBeUndefined();
    const claim = (transferId: string, instead?: string) => checkpoints.claimKey(key, { transferId, instead });
    const owners = await Promise.all(['one', 'two', 'three'].map((id) => claim(id)));
    expect(new Set(owners).size).toBe(1);
    const owner = owners[0]!;
    expect([await claim(owner), await claim('four'), await claim('four', 'five')]).toEqual([owner, owner, owner]);
    expect(await claim('four', owner)).toBe('four');
    expect(await claim('four', owner)).toBe('four');
    expect(await checkpoints.keyOwner(key)).toBe('four');
  });
}
