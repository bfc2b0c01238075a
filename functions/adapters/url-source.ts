import { get as httpGet, type IncomingMessage, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { Readable } from 'node:stream';
import type { SourceStore } from '../engine/ports/ports.ts';
import { TransferError } from '../transfer/errors.ts';
import { urlIn } from '../transfer/values/url-in.ts';
import { sourceName } from '../transfer/views/view.ts';
import { checkedLookup, internet, type Network, refusePrivateHost } from './public-addresses.ts';
import { AS_STORED, inspectFile, refuseOtherBytes } from './url-answers.ts';

/** Which URLs a stack allows. Both are false by default. A person may set them to true for a private network. */
export type UrlPolicy = { readonly allowHttp: boolean; readonly allowPrivateAddresses: boolean };
type Rules = Pick<UrlPolicy, 'allowHttp'> & { readonly network: Network };

const REDIRECTS_MAX = 5;
const CONNECT_MS_MAX = 30_000;

/**
 * A file at an HTTPS URL as a source. Without checks, anybody who may send requests could read what only our network
 * may read. So we check every address when the connection is made, and again after each redirect.
 */
export function urlSource(
  url: string,
  policy: UrlPolicy,
  { verify, network = internet }: { verify: boolean; network?: Network },
): SourceStore {
  const rules: Rules = {
    ...policy,
    network: policy.allowPrivateAddresses ? { ...network, isPublic: () => true } : network,
  };
  const what = sourceName({ url });
  const ask = (headers: Record<string, string>, signal: AbortSignal) => open(new URL(url), headers, rules, signal);
  // Of this server: whether it has sent parts, and whether it refuses its own ETag in If-Match.
  const known = { served: false, refusesOwnEtag: false };
  return {
    inspect: () =>
      inspectFile(async (headers) => {
        const answer = await ask(headers, AbortSignal.timeout(CONNECT_MS_MAX));
        answer.destroy();
        return answer;
      }, what),
    read: async (range, pin, signal) => {
      const empty = range.last < range.first;
      const wanted: Record<string, string> = {
        ...(empty ? {} : { range: `bytes=${range.first}-${range.last}` }),
        ...(pin.headers.contentEncoding === undefined ? {} : AS_STORED),
      };
      const isPinned = verify && pin.etag !== undefined && !known.refusesOwnEtag;
      let answer = await ask(isPinned ? { ...wanted, 'if-match': `"${pin.etag}"` } : wanted, signal);
      const isUnmet = isPinned && answer.statusCode === 412;
      if (isUnmet) {
        // Some servers refuse even their own ETag. The answer to a request without the condition shows the ETag.
        answer.destroy();
        answer = await ask(wanted, signal);
      }
      try {
        refuseOtherBytes(answer, { range, pin, verify, what }, known);
      } catch (error) {
        answer.destroy();
        throw error;
      }
      known.served = true;
      if (isUnmet) known.refusesOwnEtag = true;
      return answer as Readable;
    },
  };
}

/** Follows redirects and checks each. Throws NotAllowed for schemes and addresses that the stack does not allow. */
async function open(
  url: URL,
  headers: Record<string, string>,
  rules: Rules,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  let next = url;
  for (let redirects = 0; redirects <= REDIRECTS_MAX; redirects += 1) {
    const answer = await request(next, headers, rules, signal);
    const location = answer.headers.location;
    if (![301, 302, 303, 307, 308].includes(answer.statusCode ?? 0) || location === undefined) return answer;
    answer.destroy();
    next = redirected(next, location);
  }
  throw new TransferError('NotAllowed', `${url.origin}${url.pathname} redirects more than ${REDIRECTS_MAX} times.`);
}

/** We do not repeat the Location in the message, since it may contain a token. */
function redirected(from: URL, location: string): URL {
  const to = urlIn(location, from.href);
  if (to) return to;
  throw new TransferError('InvalidRequest', `${from.origin}${from.pathname} redirects to something that is not a URL.`);
}

function request(
  url: URL,
  headers: Record<string, string>,
  rules: Rules,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const what = `${url.origin}${url.pathname}`;
  if (url.protocol !== 'https:' && !(rules.allowHttp && url.protocol === 'http:')) {
    throw new TransferError('NotAllowed', `${what} is not HTTPS.`);
  }
  if (url.username !== '' || url.password !== '')
    throw new TransferError('NotAllowed', `${what} contains a user name or password. Give a signed URL instead.`);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  refusePrivateHost(host, rules.network, what);
  const get = url.protocol === 'https:' ? httpsGet : httpGet;
  const options: RequestOptions = {
    headers: { 'accept-encoding': 'identity', ...headers },
    lookup: checkedLookup(rules.network, what),
    signal,
    timeout: CONNECT_MS_MAX,
  };
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(
        error instanceof TransferError
          ? error
          : new TransferError('Unreachable', `GET ${what}: ${error.message}`, { cause: error }),
      );
    const sent = get(url, options, resolve).on('error', fail);
    sent.on('timeout', () => sent.destroy(new Error(`no byte came for ${CONNECT_MS_MAX / 1000} s`)));
  });
}
