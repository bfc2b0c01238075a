import type { Chance } from './chance.ts';

/**
 * The virtual clock. It advances only when nothing else can run. Each event first runs with everything that it causes
 * (promises, ticks of streams), and then the next event comes. The seed chooses the order of events in one millisecond.
 */
export type Scheduler = {
  nowMs(): number;
  /** The milliseconds since the world began. */
  sinceMs(): number;
  /** Runs `action` later. The returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
  /** Calls `onAdvance` at each step of the clock, before the event of that moment. */
  watch(onAdvance: (fromMs: number, toMs: number) => void): void;
  /** Runs until `isDone`, or until no event is left. Returns false after `eventsMax` events. */
  run(isDone: () => boolean, eventsMax: number): Promise<boolean>;
};

type Event = { readonly atMs: number; readonly tie: number; action: (() => void) | undefined };

// A Saturday in 2026. Every run begins at this date, so the dates in a trace are always the same.
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
      // A process that was started before this call may not have asked for its first event yet.
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

/** Waits for all promises and ticks. They run before the next turn of Node's loop, always in the same order. */
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
