import { describe, expect, it } from 'vitest';
import { type Memory, openMemory } from '../../functions/adapters/http/memory.ts';
import { chanceOf } from '../simulation/chance.ts';

/** Does what Node does for each read: it chose the room before, and writes from its beginning. */
function reads(memory: Memory, room: Buffer, bytes: Buffer) {
  bytes.copy(room);
  return memory.arrived(bytes.length, room);
}

describe('The memory of a connection', () => {
  it('never writes over what is lent, even if bytes come after the last place is taken', () => {
    const memory = openMemory(8, 8);
    expect(reads(memory, memory.room(), Buffer.from('abcdefgh'))).toBe('full');
    const lent = memory.lend(8);
    expect(reads(memory, memory.room(), Buffer.from('XY'))).toBe('over');
    expect(lent.toString()).toBe('abcdefgh');
  });

  it('takes the bytes that come into a room which was chosen while it was full', () => {
    const memory = openMemory(8, 8);
    reads(memory, memory.room(), Buffer.from('abcdefgh'));
    const room = memory.room();
    memory.lend(8);
    expect(memory.startOver()).toBe(true);
    expect(reads(memory, room, Buffer.from('ij'))).toBe('more');
    expect(memory.lend(8).toString()).toBe('ij');
  });

  it('lends every byte once and in order, and changes none that is lent', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const chance = chanceOf(seed);
      const memory = openMemory(64, 48);
      const came: number[] = [];
      let [room, lent] = [memory.room(), memory.lend(0)];
      let [isPaused, sent] = [false, 0];
      for (let step = 0; step < 300; step += 1) {
        // A connection that has paused may still hand over a few bytes.
        if (!isPaused || chance.happens(0.2)) {
          const count = Math.min(chance.whole(1, isPaused ? 3 : 16), room.length);
          const place = reads(memory, room, Buffer.from(Array.from({ length: count }, () => sent++ % 251)));
          if (place === 'over') break;
          isPaused = place === 'full';
          room = memory.room();
        }
        came.push(...lent);
        if (memory.startOver()) isPaused = false;
        lent = memory.lend(chance.whole(1, 20));
      }
      came.push(...lent);
      expect(came, `seed ${seed}`).toEqual(Array.from({ length: came.length }, (_, index) => index % 251));
    }
  });
});
