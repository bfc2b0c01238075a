import { MiB } from '../values/sizes.ts';

// Initiate copies this within seconds, also with the network of the slowest store that we know. Larger objects are worth
// a Lambda of their own, which has 15 minutes: docs/decisions/0043-small-objects.md.
const SMALL_BYTES_MAX = 8 * MiB;

/** Whether Initiate copies an object by itself, if it goes as one request. */
export function isSmall(objectBytes: number): boolean {
  return objectBytes <= SMALL_BYTES_MAX;
}
