import { atComplete, etagRules, limitRules, noHeaders, overwritesSilently, storageClasses } from './rules.ts';
import { GiB, MiB, type PartSeen, type Temper, TiB } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5 * GiB - 5 * MiB,
  partCountMax: 10_000,
  objectBytesMax: 5 * TiB - 5 * GiB,
  putBytesMax: 5 * GiB - 5 * MiB,
};
const unequal = {
  status: 400,
  code: 'InvalidPart',
  message: 'All non-trailing parts must have the same length.',
};

/** Cloudflare R2, with the part ETags of miniflare. */
export const r2: Temper = {
  name: 'r2',
  region: 'auto',
  limits,
  rules: [
    ...limitRules(limits),
    // Seen at Complete only.
    atComplete(unequal, (listed, parts) => !areEqual(listed.map((number) => parts.get(number)))),
    storageClasses(['STANDARD', 'STANDARD_IA'], { status: 501, code: 'NotImplemented' }),
    noHeaders(/^x-amz-(acl|grant-|tagging|server-side-encryption$)/, { status: 501, code: 'NotImplemented' }),
    noHeaders(/^x-amz-copy-source-if-/, { status: 501, code: 'NotImplemented' }, ['UploadPartCopy']),
    overwritesSilently('CompleteMultipartUpload'),
    etagRules({
      shown: (etag, about) => (about === 'part' ? `w-${Buffer.from(etag).toString('base64url')}` : etag),
      meant: (etag) => (etag.startsWith('w-') ? Buffer.from(etag.slice(2), 'base64url').toString() : etag),
    }),
  ],
  codes: { InvalidAccessKeyId: { status: 401, code: 'Unauthorized' } },
  throttle: { status: 429, code: 'TooManyRequests' },
};

function areEqual(parts: readonly (PartSeen | undefined)[]): boolean {
  const sizes = parts.map((part) => part?.bytes ?? 0);
  const [first = 0, last = 0] = [sizes[0], sizes.at(-1)];
  return sizes.slice(0, -1).every((bytes) => bytes === first) && last <= first;
}
