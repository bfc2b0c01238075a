/** Counts since the start of the store. `GET /-/counters` shows them. */
export type Counters = {
  readonly requests: Record<string, number>;
  bytesIn: number;
  bytesOut: number;
  partBytesIn: number;
};

export function newCounters(): Counters {
  return { requests: {}, bytesIn: 0, bytesOut: 0, partBytesIn: 0 };
}

export function countRequest(counters: Counters, operation: string): void {
  counters.requests[operation] = (counters.requests[operation] ?? 0) + 1;
}
