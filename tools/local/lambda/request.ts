import { utf8Bytes } from '../../json.ts';
import type { LocalFunction } from '../template/assembly.ts';
import { InvokeRefused, REQUEST_BYTES_MAX } from './outcome.ts';

/** The function that a call names. Throws InvokeRefused if there is none. */
export function findFunction(functions: readonly LocalFunction[], arnOrName: string): LocalFunction {
  // A name may have a qualifier ($LATEST, an alias). It means the same code here, so we ignore it.
  const name = /:function:([^:]+)/.exec(arnOrName)?.[1] ?? arnOrName.split(':')[0];
  const found = functions.find((fn) => fn.name === name);
  if (found) return found;
  throw new InvokeRefused('Lambda.ResourceNotFoundException', `Function not found: ${arnOrName}`);
}

/** What the function gets. Throws InvokeRefused if it is too large. */
export function requestText(payload: unknown): string {
  const text = JSON.stringify(payload ?? null);
  if (utf8Bytes(text) <= REQUEST_BYTES_MAX) return text;
  const message = `Request must be smaller than ${REQUEST_BYTES_MAX} bytes for the InvokeFunction operation`;
  throw new InvokeRefused('Lambda.RequestTooLargeException', message);
}
