import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type KeptPart, partMemory } from '../../tools/client/part-memory.ts';
import { cutting } from '../../tools/client/stream-bytes.ts';

const ROOM = 100;

async function bytesOf({ body }: KeptPart): Promise<number[]> {
  const all: number[] = [];
  for await (const piece of body.open(new AbortController().signal)) all.push(...piece);
  return all;
}

describe('The memory of parts', () => {
  it('keeps parts of any size, in whatever order they are freed, and never uses room twice', async () => {
    const anyPart = fc.record({ bytes: fc.integer({ min: 1, max: ROOM }), freedAs: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(anyPart, { minLength: 1, maxLength: 40 }), async (parts) => {
        const memory = partMemory(ROOM);
        const content = parts.flatMap(({ bytes }, index) => Array<number>(bytes).fill(index));
        const stream = cutting(Readable.from([Buffer.from(content)]));
        const kept: { part: KeptPart; index: number; freedAs: number }[] = [];
        const freeOne = async () => {
          kept.sort((one, other) => one.freedAs - other.freedAs);
          const { part, index } = kept.shift()!;
          expect(await bytesOf(part)).toEqual(Array(part.body.bytes).fill(index));
          part.free();
        };
        for (const [index, { bytes, freedAs }] of parts.entries()) {
          let isKept = false;
          const keeping = memory.keep(stream, bytes).then((part) => {
            isKept = true;
            kept.push({ part, index, freedAs });
          });
          for (;;) {
            await new Promise((resolve) => setImmediate(resolve));
            if (isKept) break;
            await freeOne();
          }
          await keeping;
          const used = kept.reduce((sum, { part }) => sum + part.body.bytes, 0);
          expect(used).toBeLessThanOrEqual(ROOM);
        }
        while (kept.length > 0) await freeOne();
      }),
      { numRuns: 100 },
    );
  });
});
