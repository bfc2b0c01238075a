import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CheckpointsUnderTest } from './checkpoints.ts';

export function keepsUrls({ connect }: CheckpointsUnderTest): void {
  it('keeps the last URL of a source until it is forgotten, and forgetting it twice is the same', async () => {
    const checkpoints = await connect();
    const [one, other] = [randomUUID(), randomUUID()];
    expect(await checkpoints.keptUrl(one)).toBeUndefined();
    for (const url of ['https://example.org/x?first', 'https://example.org/x?second'])
      for (const id of [one, other]) await checkpoints.keepUrl(id, url);
    expect(await checkpoints.keptUrl(one)).toBe('https://example.org/x?second');
    for (let times = 0; times < 2; times += 1) await checkpoints.forgetUrl(one);
    expect(await checkpoints.keptUrl(one)).toBeUndefined();
    expect(await checkpoints.keptUrl(other)).toBe('https://example.org/x?second');
  });
}
