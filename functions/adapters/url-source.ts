import type { Readable } from 'node:stream';
import type { SourceStore } from '../engine/ports/ports.ts';
import type { ByteRange } from '../transfer/plan.ts';
import type { ObjectFacts } from '../transfer/transfer.ts';
import { sourceName } from '../transfer/views/view.ts';
import { CONNECT_MS_MAX, checkedGet, type Rules, refuseUrl } from './http/checked-get.ts';
import { plainGets } from './http/plain-get.ts';
import { internet, type Network } from './http/public-addresses.ts';
import { AS_STORED, inspectFile, refuseOtherBytes } from './url-answers.ts';

/** Which URLs a stack allows. Both are false by default. A person may set them to true for a private network. */
export type UrlPolicy = { readonly allowHttp: boolean; readonly allowPrivateAddresses: boolean };

/**
 * A file at an HTTPS URL as a source. Without checks, anybody who may send requests could read what only our network
 * may read. So we check every address when the connection is made, and again after each redirect.
 */
export function urlSource(
  url: string,
  policy: UrlPolicy,
  { verify, network = internet }: { verify: boolean; network?: Network },
): SourceStore {
  const rules = rulesOf(policy, network);
  const what = sourceName({ url });
  const gets = plainGets();
  const ask = (headers: Record<string, string>, signal: AbortSignal) =>
    checkedGet(new URL(url), headers, { ...rules, gets }, signal);
  // Of this server: whether it has sent parts, how many requests it has not answered yet, and whether it refuses its own
  // ETag in If-Match.
  const known = { served: false, unanswered: 0, refusesOwnEtag: false };
  return {
    inspect: () =>
      inspectFile(async (headers) => {
        const answer = await ask(headers, AbortSignal.timeout(CONNECT_MS_MAX));
        answer.destroy();
        return answer;
      }, what),
    read: async (range, pin, signal) => {
      const wanted = headersFor(range, pin);
      const isPinned = verify && pin.etag !== undefined && !known.refusesOwnEtag;
      known.unanswered += 1;
      let answer = await ask(isPinned ? { ...wanted, 'if-match': `"${pin.etag}"` } : wanted, signal).finally(() => {
        known.unanswered -= 1;
      });
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

function headersFor({ first, last }: ByteRange, { headers }: ObjectFacts): Record<string, string> {
  return {
    ...(last < first ? {} : { range: `bytes=${first}-${last}` }),
    ...(headers.contentEncoding === undefined ? {} : AS_STORED),
  };
}

/** Refuses a URL for what it says by itself. Its server is not asked. Throws NotAllowed. */
export function refuseSourceUrl(url: string, policy: UrlPolicy): void {
  refuseUrl(new URL(url), rulesOf(policy, internet));
}

function rulesOf({ allowHttp, allowPrivateAddresses }: UrlPolicy, network: Network): Omit<Rules, 'gets'> {
  return { allowHttp, network: allowPrivateAddresses ? { ...network, isPublic: () => true } : network };
}
