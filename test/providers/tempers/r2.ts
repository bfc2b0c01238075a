import {
  atComplete,
  changedText,
  limitRules,
  noHeaders,
  overwritesSilently,
  refusing,
  storageClasses,
  takenAndIgnored,
} from './rules.ts';
import { type Ask, GiB, MiB, type PartSeen, type Rule, type Temper, TiB } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5 * GiB - 5 * MiB,
  partCountMax: 10_000,
  objectBytesMax: 5 * TiB - 5 * GiB,
  putBytesMax: 5 * GiB - 5 * MiB,
};
const cannedAcls = [
  ...['private', 'public-read', 'public-read-write', 'authenticated-read', 'aws-exec-read'],
  ...['bucket-owner-read', 'bucket-owner-full-control'],
];
const unequal = {
  status: 400,
  code: 'InvalidPart',
  message: 'All non-trailing parts must have the same length.',
};

/** Cloudflare R2, as its documents and its own simulator describe it: r2.test.ts compares it with the simulator. */
export const r2: Temper = {
  name: 'r2',
  region: 'auto',
  limits,
  rules: [
    ...limitRules(limits),
    // R2 notices parts of unequal size only at Complete.
    atComplete(unequal, (listed, parts) => !areEqual(listed.map((number) => parts.get(number)))),
    storageClasses(['STANDARD', 'STANDARD_IA'], { status: 400, code: 'InvalidStorageClass' }),
    noHeaders(/^x-amz-(grant-|tagging)/, { status: 501, code: 'NotImplemented' }),
    refusing('*', { status: 501, code: 'NotImplemented' }, ({ headers }) => {
      const { 'x-amz-server-side-encryption': encryption = 'AES256', 'x-amz-acl': acl = 'private' } = headers;
      return encryption !== 'AES256' || !cannedAcls.includes(acl);
    }),
    takenAndIgnored('x-amz-acl', 'x-amz-server-side-encryption'),
    noHeaders(/^x-amz-copy-source-if-/, { status: 501, code: 'NotImplemented' }, ['UploadPartCopy']),
    overwritesSilently('CompleteMultipartUpload'),
    etagsOfWritings(),
    completesOnce(),
    // A second abort succeeds like the first.
    {
      on: ['AbortMultipartUpload'],
      answer: (reply) => (reply.status === 404 ? { status: 204, headers: {}, text: '' } : reply),
    },
  ],
  codes: { InvalidAccessKeyId: { status: 401, code: 'Unauthorized' } },
  throttle: { status: 429, code: 'TooManyRequests' },
};

function areEqual(parts: readonly (PartSeen | undefined)[]): boolean {
  const sizes = parts.map((part) => part?.bytes ?? 0);
  const [first = 0, last = 0] = [sizes[0], sizes.at(-1)];
  return sizes.slice(0, -1).every((bytes) => bytes === first) && last <= first;
}

/** The embedded store answers a repeated Complete as it answered the first. At R2 the upload is gone by then. */
function completesOnce(): Rule {
  const completed = new Set<string>();
  return {
    on: ['CompleteMultipartUpload'],
    refuse: ({ query: { uploadId = '' } }) =>
      completed.has(uploadId) ? { status: 404, code: 'NoSuchUpload' } : undefined,
    answer: (reply, { query: { uploadId = '' } }) => {
      if (reply.status < 300) completed.add(uploadId);
      return reply;
    },
  };
}

const PART = /<Part>.*?<\/Part>/gs;
const ETAG = /<ETag>(?:"|&quot;)?([^<"&]*)(?:"|&quot;)?<\/ETag>/;

/** Each upload of a part gets its own ETag, even with the same bytes. Complete accepts only the newest one. */
function etagsOfWritings(): Rule {
  const writings = new Map<string, number>();
  const nameOf = ({ query }: Ask, partNumber: unknown) => `${query.uploadId}#${partNumber}`;
  const shown = (name: string, etag: string) =>
    `w-${Buffer.from(`${writings.get(name) ?? 0} ${etag}`).toString('base64url')}`;
  const meant = (name: string, etag: string) => {
    const [writing, own = etag] = Buffer.from(etag.slice(2), 'base64url').toString().split(' ');
    return Number(writing) === writings.get(name) ? own : etag;
  };
  const inParts = (ask: Ask, text: string, other: (name: string, etag: string) => string) =>
    text.replace(PART, (part) => {
      const name = nameOf(ask, /<PartNumber>(\d+)/.exec(part)?.[1]);
      return part.replace(ETAG, (_, etag: string) => `<ETag>"${other(name, etag)}"</ETag>`);
    });
  return {
    on: ['UploadPart', 'ListParts', 'CompleteMultipartUpload'],
    change: (ask) => (ask.text === '' ? {} : { text: inParts(ask, ask.text, meant) }),
    answer: (reply, ask) => {
      if (ask.operation !== 'UploadPart')
        return ask.operation === 'ListParts' ? changedText(reply, (text) => inParts(ask, text, shown)) : reply;
      const { etag = '' } = reply.headers;
      const name = nameOf(ask, ask.partNumber);
      writings.set(name, (writings.get(name) ?? 0) + 1);
      return { ...reply, headers: { ...reply.headers, etag: `"${shown(name, etag.replaceAll('"', ''))}"` } };
    },
  };
}
