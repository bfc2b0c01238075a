import type { ObjectSource } from './request.ts';
import type { CopiedPart, ObjectFacts, Transfer } from './transfer.ts';
import { generationOf } from './transfer.ts';

export function asksForReadBack({ request }: Pick<Transfer, 'request'>): boolean {
  return request.verify === 'read-back';
}

/** What tells this write of an object from the next: the same bytes may be written again by a Lambda that was believed dead. */
export function writeOf(facts: Pick<ObjectFacts, 'etag' | 'modified' | 'versionId'>): string {
  return [facts.versionId, generationOf(facts)].filter((word) => word !== undefined).join(' ');
}

/** Whether this part of this very object was read and found to be what was sent. */
export function isReadBack({ readBack }: CopiedPart, present: ObjectFacts): boolean {
  return readBack?.of === writeOf(present);
}

/** The target as something to read: the version that Complete made, and nothing else that may have come to its key. */
export function targetAsSource({ request }: Pick<Transfer, 'request'>, { versionId }: ObjectFacts): ObjectSource {
  return { ...request.target, ...(versionId === undefined ? {} : { versionId }) };
}
