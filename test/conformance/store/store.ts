import { describe } from 'vitest';
import { carriesBeside } from './beside.ts';
import { listsPartsAndUploads } from './lists.ts';
import { keepsObjects, readsObjects } from './objects.ts';
import { signsWrites } from './signed.ts';
import type { Connect } from './under-test.ts';
import { completesUploads, keepsUploads } from './uploads.ts';

/** What every store must do, the one in memory and the ones behind a network alike. */
export function conformsAsStore(name: string, connect: Connect): void {
  describe(`${name}, as a store`, () => {
    keepsObjects(connect);
    readsObjects(connect);
    keepsUploads(connect);
    completesUploads(connect);
    listsPartsAndUploads(connect);
    carriesBeside(connect);
    signsWrites(connect);
  });
}
