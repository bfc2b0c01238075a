import { cannedAcls, limitRules, noChunkedBodies, noHeaders, storageClasses } from './rules.ts';
import { GiB, MiB, type Temper, TiB } from './temper.ts';

const limits = { partBytesMin: 5 * MiB, partBytesMax: 5 * GiB, partCountMax: 1000, objectBytesMax: 5 * TiB };
const notImplemented = { status: 501, code: 'NotImplemented' };

/** Swift 2.30 with s3api, as we measured it. docs/providers.md says how. */
export const swift: Temper = {
  name: 'swift',
  region: 'us-east-1',
  limits,
  rules: [
    noChunkedBodies({ status: 400, code: 'InvalidArgument' }),
    ...limitRules(limits),
    storageClasses(['STANDARD'], { status: 400, code: 'InvalidStorageClass' }),
    cannedAcls(['private', 'public-read', 'public-read-write', 'bucket-owner-read', 'bucket-owner-full-control'], {
      status: 400,
      code: 'InvalidArgument',
    }),
    noHeaders(/^x-amz-(tagging|server-side-encryption)/, notImplemented),
    noHeaders(/^if-none-match$/, notImplemented, ['PutObject']),
  ],
  codes: { InvalidAccessKeyId: { status: 403, code: 'SignatureDoesNotMatch' } },
  lacks: { 'unknown keys': 's3api answers an unknown access key as it does a wrong secret' },
  throttle: { status: 503, code: 'SlowDown' },
};
