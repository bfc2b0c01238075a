import {
  atComplete,
  cannedAcls,
  changedText,
  limitRules,
  noChunkedBodies,
  noHeaders,
  overwritesSilently,
  storageClasses,
} from './rules.ts';
import { GiB, MiB, type Temper, TiB } from './temper.ts';

const limits = { partBytesMin: 5 * MiB, partBytesMax: 5 * GiB, partCountMax: 10_000, objectBytesMax: 5 * TiB };

/** Ceph RADOS Gateway 16.2, as we measured it. docs/providers.md says how. */
export const ceph: Temper = {
  name: 'ceph',
  region: 'us-east-1',
  limits,
  rules: [
    noChunkedBodies({ status: 400, code: 'XAmzContentSHA256Mismatch' }),
    ...limitRules(limits),
    storageClasses(['STANDARD'], { status: 400, code: 'InvalidArgument' }),
    cannedAcls(
      [
        'private',
        'public-read',
        'public-read-write',
        'authenticated-read',
        'bucket-owner-read',
        'bucket-owner-full-control',
      ],
      { status: 400, code: 'InvalidArgument' },
    ),
    // The gateway accepts the tags and loses them: the object has none.
    { on: ['CreateMultipartUpload'], change: () => ({ headers: { 'x-amz-tagging': undefined } }) },
    noHeaders(/^x-amz-server-side-encryption/, { status: 400, code: 'InvalidRequest' }), // without a key service
    // Complete must list every part that was uploaded.
    atComplete({ status: 400, code: 'InvalidPart' }, (listed, parts) => listed.length !== parts.size),
    overwritesSilently('CompleteMultipartUpload'),
    {
      on: ['CompleteMultipartUpload'],
      answer: (reply) => changedText(reply, (text) => text.replace(/<ETag>.*?<\/ETag>/, '<ETag>""</ETag>')),
    },
  ],
  codes: { NoSuchUpload: { status: 404, code: 'NoSuchKey' } },
  lacks: { regions: 'Ceph takes signatures for any region' },
  throttle: { status: 503, code: 'SlowDown' },
};
