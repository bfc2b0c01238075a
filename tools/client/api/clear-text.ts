import { asFailure } from '../../../functions/transfer/errors.ts';
import { PartwayError } from './partway-error.ts';

/** Whether a call would pass other computers without TLS. */
export function isClearText({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && !isThisComputer(hostname);
}

/** Over http:// everybody on the way could read a token, and use it. Throws InvalidRequest. */
export function refuseClearText(url: URL): void {
  if (!isClearText(url)) return;
  const message = `The API is at ${url.origin}: everybody on the way could read the token that says who calls. Give its URL with https://.`;
  throw new PartwayError(asFailure('InvalidRequest', message), { reached: false });
}

function isThisComputer(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
