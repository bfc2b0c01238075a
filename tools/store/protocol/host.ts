import type { IncomingMessage } from 'node:http';
import { StoreError } from './errors.ts';

/**
 * Throws AccessDenied if the Host of a request is not a name of this store. The owner of a web page can let the page's
 * host name point to 127.0.0.1. A browser then believes that this store belongs to the page. But it still sends the
 * page's name as Host.
 */
export function refuseOtherHost({ headers, socket }: IncomingMessage): void {
  const { host = '' } = headers;
  const names = /^(127\.0\.0\.1|localhost|\[::1\]|(.+\.)?s3\.localhost):(\d+)$/i;
  const [, name, , port] = names.exec(host) ?? [];
  if (name !== undefined && Number(port) === socket.localPort) return;
  throw new StoreError('AccessDenied', { message: `This store does not have the host name "${host}".` });
}
