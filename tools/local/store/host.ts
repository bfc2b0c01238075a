import type { IncomingMessage } from 'node:http';
import { StoreError } from './errors.ts';

/**
 * Throws AccessDenied for a request that was sent to another name than those of this store. A web page can let its own name
 * lead to 127.0.0.1, and its browser would then hold the store for a part of that page; but it writes the name into Host.
 */
export function refuseOtherHost({ headers, socket }: IncomingMessage): void {
  const { host = '' } = headers;
  const names = /^(127\.0\.0\.1|localhost|\[::1\]|(.+\.)?s3\.localhost):(\d+)$/i;
  const [, name, , port] = names.exec(host) ?? [];
  if (name !== undefined && Number(port) === socket.localPort) return;
  throw new StoreError('AccessDenied', { message: `This store does not go by the name "${host}".` });
}
