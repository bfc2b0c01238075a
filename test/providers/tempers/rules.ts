import { base64Of, type Sums } from '../sums.ts';
import type { Ask, Limits, PartSeen, Refusal, Reply, Rule } from './temper.ts';

/** Rules that several providers share. Each provider's own file says what it refuses and with which code. */

const WRITES = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'];
const CREATES = ['PutObject', 'CreateMultipartUpload'];

export const refusing = (on: Rule['on'], refusal: Refusal, when: (ask: Ask) => boolean = () => true): Rule => ({
  on,
  refuse: (ask) => (when(ask) ? refusal : undefined),
});

export const unsupported = (...operations: string[]): Rule =>
  refusing(operations, { status: 501, code: 'NotImplemented' });

/** Refuses bodies in aws-chunked framing. AWS's SDKs send streams in it by default. */
export const noChunkedBodies = (refusal: Refusal): Rule =>
  refusing('*', refusal, ({ headers }) => headers['x-amz-content-sha256']?.startsWith('STREAMING-') ?? false);

export const noHeaders = (pattern: RegExp, refusal: Refusal, on: Rule['on'] = '*'): Rule =>
  refusing(on, refusal, ({ headers }) => Object.keys(headers).some((name) => pattern.test(name)));

export const virtualHostOnly = (refusal: Refusal, on: Rule['on'] = '*'): Rule =>
  refusing(on, refusal, ({ byPath, bucket }) => byPath && bucket !== '');

/** The limits that one request can break. The embedded store itself checks the least size of a part, at Complete. */
export function limitRules({ partBytesMax, partCountMax, putBytesMax }: Limits): Rule[] {
  const tooLarge = { status: 400, code: 'EntityTooLarge' };
  const tooMany = { status: 400, code: 'InvalidArgument', message: 'The part number is too high.' };
  return [
    refusing(['UploadPart'], tooLarge, ({ bytes }) => bytes > partBytesMax),
    refusing(['UploadPart'], tooMany, ({ partNumber }) => partNumber > partCountMax),
    refusing(['PutObject'], tooLarge, ({ bytes }) => bytes > (putBytesMax ?? Number.POSITIVE_INFINITY)),
  ];
}

/** Refuses every storage class not in `known`. The embedded store may not know the others, so none is passed on. */
export const storageClasses = (known: readonly string[], refusal: Refusal): Rule => ({
  on: CREATES,
  refuse: ({ headers }) => {
    const asked = headers['x-amz-storage-class'];
    return asked === undefined || known.includes(asked) ? undefined : refusal;
  },
  change: () => ({ headers: { 'x-amz-storage-class': undefined } }),
});

/** Refuses every canned ACL that is not in `known`. */
export const cannedAcls = (known: readonly string[], refusal: Refusal): Rule =>
  refusing(CREATES, refusal, ({ headers }) => !known.includes(headers['x-amz-acl'] ?? known[0] ?? ''));

/** The provider has its own header that protects an existing object from being overwritten. */
export const forbidsOverwrite = (header: string, refusal: Refusal): Rule => ({
  on: WRITES,
  refuse: async ({ headers, operation, isThere }) =>
    operation !== 'UploadPart' && headers[header] === 'true' && (await isThere()) ? refusal : undefined,
});

/** The provider ignores If-None-Match and overwrites an existing object. */
export const overwritesSilently = (...on: string[]): Rule => ({
  on,
  change: () => ({ headers: { 'if-none-match': undefined } }),
});

/** The provider accepts these headers and ignores them. */
export const takenAndIgnored = (...names: string[]): Rule => ({
  on: CREATES,
  change: () => ({ headers: Object.fromEntries(names.map((name) => [name, undefined])) }),
});

export type Etags = {
  /** The ETag that the client sees; undefined if it sees none. */
  readonly shown: (etag: string, about: 'part' | 'object') => string | undefined;
  /** The embedded store's ETag for an ETag that the client sent. */
  readonly meant: (shown: string) => string;
};

const ETAG = /<ETag>(?:"|&quot;)?([^<"&]*)(?:"|&quot;)?<\/ETag>/g;

/** Replaces the embedded store's ETags by the provider's, in every request and every answer that has one. */
export function etagRules({ shown, meant }: Etags): Rule {
  const bare = (text: string) => text.replaceAll('"', '');
  const aboutOf = ({ operation }: Ask) => (/Part/.test(operation) ? 'part' : 'object');
  return {
    on: '*',
    change: ({ headers, text }) => {
      const conditions = ['if-match', 'x-amz-copy-source-if-match'].flatMap((name) => {
        const match = headers[name];
        return match === undefined ? [] : [[name, `"${meant(bare(match))}"`]];
      });
      return {
        headers: Object.fromEntries(conditions),
        ...(text === '' ? {} : { text: text.replace(ETAG, (_, etag: string) => `<ETag>"${meant(etag)}"</ETag>`) }),
      };
    },
    answer: ({ status, headers: { etag, ...headers }, text }, ask) => {
      const told = etag === undefined ? undefined : shown(bare(etag), aboutOf(ask));
      const element = (_: string, inner: string) => {
        const other = shown(inner, aboutOf(ask));
        return other === undefined ? '' : `<ETag>"${other}"</ETag>`;
      };
      return {
        status,
        headers: told === undefined ? headers : { ...headers, etag: `"${told}"` },
        text: text?.replace(ETAG, element),
      };
    },
  };
}

const reversed = (text: string) => [...text].reverse().join('');

/** ETags that are no MD5 of anything. They can be computed back, so no table of them is needed. */
export function opaqueEtags(prefix: string): Etags {
  return {
    shown: (etag) => prefix + reversed(etag),
    meant: (shown) => (shown.startsWith(prefix) ? reversed(shown.slice(prefix.length)) : shown),
  };
}

/** The ETag of an object made of parts: 32 hexadecimal digits and a count, but not AWS's MD5 of MD5s. */
export function otherMd5OfMd5s(etag: string): string {
  const [digest = '', count] = etag.split('-');
  return count === undefined ? etag : `${reversed(digest)}-${count}`;
}

/** The provider computes a checksum by itself and sends it in its own header. */
const ownChecksum = (header: string, written: (sums: Sums) => string): Rule => ({
  on: ['PutObject', 'UploadPart', 'CompleteMultipartUpload', 'HeadObject', 'GetObject'],
  answer: (reply, ask) => {
    const sums = ask.sums();
    return sums === undefined || reply.status >= 300
      ? reply
      : { ...reply, headers: { ...reply.headers, [header]: written(sums) } };
  },
});

/** CRC-64/ECMA, in decimal. */
export const ownCrc64 = (header: string): Rule => ownChecksum(header, ({ crc64 }) => crc64.toString());

/** Google's form of CRC32C: the name, "=", and the bytes in base64. */
export const ownCrc32c = (header: string): Rule => ownChecksum(header, ({ crc32c }) => `crc32c=${base64Of(crc32c, 4)}`);

/** The numbers of the parts that Complete lists, in the order of its document. */
export function listedParts({ text }: Ask): number[] {
  return [...text.matchAll(/<PartNumber>(\d+)<\/PartNumber>/g)].map((match) => Number(match[1]));
}

/** Refuses a Complete if `isWrong` finds a fault in its list of parts. */
export const atComplete = (
  refusal: Refusal,
  isWrong: (listed: readonly number[], parts: ReadonlyMap<number, PartSeen>) => boolean,
): Rule => refusing(['CompleteMultipartUpload'], refusal, (ask) => isWrong(listedParts(ask), ask.parts));

export const changedText = (reply: Reply, change: (text: string) => string): Reply =>
  reply.text === undefined ? reply : { ...reply, text: change(reply.text) };
