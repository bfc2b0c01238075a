import type { Chance } from './chance.ts';

/**
 * The virtual clock. It advances only when nothing else can run: an event is taken, everything that it sets off runs to
 * its end (promises, ticks of streams), and only then comes the next one. Events of one millisecond run in an order that
 * the seed chooses.
 */
export type Scheduler = {
  nowMs(): number;
  /** How long ago the world began, for people to read. */
  sinceMs(): number;
  /** Runs `action` later; the answer takes it back. */
  after(delayMs: number, action: () => void): () => void;
  /** Is told of each step of the clock, before what happens then. */
  watch(onAdvance: (fromMs: number, toMs: number) => void): void;
  /** Runs until `isDone`, or until nothing is left. Gives false when it took more events than a run may. */
  run(isDone: () => boolean, eventsMax: number): Promise<boolean>;
};

type Event = { readonly atMs: number; readonly tie: number; action: (() => void) | undefined };

// A Saturday in 2026. That it is the same in every run makes every date in a trace the same.
const BEGINNING_MS = Date.UTC(2026, 10, 21);

export function openScheduler(chance: Chance): Scheduler {
  const heap: Event[] = [];
  let nowMs = BEGINNING_MS;
  let onAdvance = (_fromMs: number, _toMs: number) => {};
  return {
    nowMs: () => nowMs,
    sinceMs: () => nowMs - BEGINNING_MS,
    after: (delayMs, action) => {
      const event: Event = { atMs: nowMs + Math.max(0, Math.round(delayMs)), tie: chance.real(), action };
      push(heap, event);
      return () => {
        event.action = undefined;
      };
    },
    watch: (listener) => {
      onAdvance = listener;
    },
    run: async (isDone, eventsMax) => {
      // Whoever was set off before this call may still have to ask for its first event.
      await everythingSetOff();
      for (let events = 0; !isDone(); ) {
        const event = pop(heap);
        if (!event) return true;
        if (!event.action) continue;
        if (events >= eventsMax) return false;
        events += 1;
        onAdvance(nowMs - BEGINNING_MS, event.atMs - BEGINNING_MS);
        nowMs = event.atMs;
        event.action();
        await everythingSetOff();
      }
      return true;
    },
  };
}

/** Promises and ticks all run before the next turn of Node's loop, in an order that is always the same. */
function everythingSetOff(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.tie < other.tie);
}

function push(heap: Event[], event: Event): void {
  let index = heap.push(event) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(event, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = event;
}

function pop(heap: Event[]): Event | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    const left = 2 * index + 1;
    if (left >= heap.length) break;
    const right = left + 1;
    const child = right < heap.length && isBefore(heap[right]!, heap[left]!) ? right : left;
    if (!isBefore(heap[child]!, last)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return first;
}
