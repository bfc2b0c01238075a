import type { IncomingMessage } from 'node:http';
import { StoreError } from './errors.ts';

/**
 * Throws AccessDenied for a request that was sent to another name than those of this store. The owner of a web page can let
 * the page's name lead to 127.0.0.1. Its browser then takes this store for a part of the page, but writes the name into Host.
 */
export function refuseOtherHost({ headers, socket }: IncomingMessage): void {
  const { host = '' } = headers;
  const names = /^(127\.0\.0\.1|localhost|\[::1\]|(.+\.)?s3\.localhost):(\d+)$/i;
  const [, name, , port] = names.exec(host) ?? [];
  if (name !== undefined && Number(port) === socket.localPort) return;
  throw new StoreError('AccessDenied', { message: `This store does not go by the name "${host}".` });
}
