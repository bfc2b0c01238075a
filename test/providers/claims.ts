import { isDeepStrictEqual } from 'node:util';
import type { Bench } from './bench.ts';
import type { End, Trial } from './trial.ts';

/** A claim that is false, in one line for the table. */
class ClaimError extends Error {}

export function same(what: string, found: unknown, expected: unknown): void {
  if (isDeepStrictEqual(found, expected)) return;
  throw new ClaimError(`${what}: ${shown(found)}, expected ${shown(expected)}`);
}

export function holds(what: string, isTrue: boolean): void {
  if (!isTrue) throw new ClaimError(what);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'undefined').slice(0, 300);
}

export function succeeded(end: End): void {
  holds(`it ended as ${end.error}: ${end.cause}`, end.status === 'SUCCEEDED' && end.transfer.state === 'copied');
}

/** Checks that the transfer failed under this name. */
export function failedAs(end: End, name: string): void {
  if (end.error !== name) throw new ClaimError(`it ended as ${end.error ?? end.status}, not ${name}: ${end.cause}`);
}

/** Checks that the object has the source's bytes, and that no upload is left. */
export const arrived = (bench: Bench, key: string, { content }: Trial): Promise<void> => arrivedAs(bench, key, content);

export async function arrivedAs({ behind }: Bench, key: string, content: Buffer): Promise<void> {
  const there = await behind.get(key);
  holds(`the target has ${there?.length} other bytes`, there?.equals(content) ?? false);
  same('open uploads', await behind.openUploads(key), []);
}

/** Checks that the store got no write and no upload. */
export function untouched({ proxy }: Bench, key: string): void {
  const writes = proxy.asked(key).filter(({ operation }) => !/^(Head|Get|List)/.test(operation));
  same(
    'writes',
    writes.map(({ operation }) => operation),
    [],
  );
}

/** How often each part was taken, by number. */
export function partsTaken({ proxy }: Bench, key: string): Record<number, number> {
  const taken: Record<number, number> = {};
  for (const { partNumber, status } of proxy.asked(key, 'UploadPart')) {
    if (status < 300) taken[partNumber] = (taken[partNumber] ?? 0) + 1;
  }
  return taken;
}
