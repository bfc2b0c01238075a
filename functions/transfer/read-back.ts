import type { ObjectSource } from './request.ts';
import type { CopiedPart, ObjectFacts, Transfer } from './transfer.ts';
import { generationOf } from './transfer.ts';

export function asksForReadBack({ request }: Pick<Transfer, 'request'>): boolean {
  return request.verify === 'read-back';
}

/** Tells one write of an object from the next. A Lambda that was believed dead may write the same bytes again. */
export function writeOf(facts: Pick<ObjectFacts, 'etag' | 'modified' | 'versionId'>): string {
  return [facts.versionId, generationOf(facts)].filter((word) => word !== undefined).join(' ');
}

/** Whether this part of this object was read, and is what was sent. */
export function isReadBack({ readBack }: CopiedPart, present: ObjectFacts): boolean {
  return readBack?.of === writeOf(present);
}

/** The object at the target as a source. It is the version that Complete made, not one that came to the key later. */
export function targetAsSource({ request }: Pick<Transfer, 'request'>, { versionId }: ObjectFacts): ObjectSource {
  return { ...request.target, ...(versionId === undefined ? {} : { versionId }) };
}
