import { get as httpGet, type IncomingHttpHeaders, type RequestOptions } from 'node:http';
import { get as httpsGet } from 'node:https';
import type { Readable } from 'node:stream';
import { TransferError } from '../../transfer/errors.ts';
import { urlIn } from '../../transfer/values/url-in.ts';
import type { PlainGets } from './plain-get.ts';
import { checkedLookup, type Network, refusePrivateHost } from './public-addresses.ts';

/** What is allowed, and the connections that were made under these rules. */
export type Rules = { readonly allowHttp: boolean; readonly network: Network; readonly gets: PlainGets };

/** What node:http or our own reader answers. */
export type HttpAnswer = Readable & { readonly statusCode?: number | undefined; readonly headers: IncomingHttpHeaders };

const REDIRECTS_MAX = 5;
export const CONNECT_MS_MAX = 30_000;

/** Follows redirects and checks each. Throws NotAllowed for schemes and addresses that the stack does not allow. */
export async function checkedGet(
  url: URL,
  headers: Record<string, string>,
  rules: Rules,
  signal: AbortSignal,
): Promise<HttpAnswer> {
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

/** What a URL says by itself, before anything is looked up. Throws NotAllowed. */
export function refuseUrl(url: URL, { allowHttp, network }: Omit<Rules, 'gets'>): void {
  const what = nameOf(url);
  if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:')) {
    throw new TransferError('NotAllowed', `${what} is not HTTPS.`);
  }
  if (url.username !== '' || url.password !== '')
    throw new TransferError('NotAllowed', `${what} contains a user name or password. Give a signed URL instead.`);
  refusePrivateHost(hostOf(url), network, what);
}

async function request(
  url: URL,
  headers: Record<string, string>,
  rules: Rules,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  refuseUrl(url, rules);
  const what = nameOf(url);
  const all = { 'accept-encoding': 'identity', ...headers };
  try {
    return (await plainGet(url, all, rules, signal)) ?? (await oddGet(url, all, rules, signal));
  } catch (error) {
    if (error instanceof TransferError) throw error;
    throw new TransferError('Unreachable', `GET ${what}: ${(error as Error).message}`, { cause: error });
  }
}

async function plainGet(
  url: URL,
  headers: Record<string, string>,
  { network, gets }: Rules,
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const protocol = url.protocol === 'https:' ? 'https:' : 'http:';
  const port = Number(url.port) || (protocol === 'https:' ? 443 : 80);
  const origin = { protocol, hostname: hostOf(url), port, lookup: checkedLookup(network, nameOf(url)) } as const;
  const path = url.pathname + url.search;
  const answer = await gets.get({ origin, path, headers: { host: url.host, ...headers }, signal });
  return answer && Object.assign(answer.body, { statusCode: answer.statusCode, headers: answer.headers });
}

/** For servers that our own reader does not read. */
function oddGet(url: URL, headers: Record<string, string>, rules: Rules, signal: AbortSignal): Promise<HttpAnswer> {
  const get = url.protocol === 'https:' ? httpsGet : httpGet;
  const lookup = checkedLookup(rules.network, nameOf(url));
  const options: RequestOptions = { headers, lookup, signal, timeout: CONNECT_MS_MAX };
  return new Promise((resolve, reject) => {
    const sent = get(url, options, resolve).on('error', reject);
    sent.on('timeout', () => sent.destroy(new Error(`no byte came for ${CONNECT_MS_MAX / 1000} s`)));
  });
}

function nameOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}
