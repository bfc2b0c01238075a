import { randomBytes } from 'node:crypto';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { World } from './world.ts';

/** A request with parts of 1024 bytes. Retries inside a Lambda do not wait. */
export function requestFor(more: Partial<TransferRequestInput> = {}): TransferRequestInput {
  return {
    source: { endpoint: 'a', bucket: 'data', key: 'x' },
    target: { endpoint: 'b', bucket: 'data', key: 'y' },
    partBytes: 1024,
    multipartThresholdBytes: 0,
    retry: { count: 0, intervalSeconds: 0 },
    ...more,
  };
}

export function putSource({ from }: World, bytes: number): Buffer {
  const content = randomBytes(bytes);
  from.put('data', 'x', content);
  return content;
}
