import {
  cannedAcls,
  limitRules,
  noChunkedBodies,
  noHeaders,
  overwritesSilently,
  refusing,
  storageClasses,
  virtualHostOnly,
} from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB, // 100 KB in newer documents, 5 MB in those of the S3 dialect
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 10_000 * 5 * GiB,
};
const mismatch = { status: 400, code: 'XAmzContentSHA256Mismatch' };

/** Huawei Cloud OBS, as its documents describe it. */
export const obs: Temper = {
  name: 'obs',
  region: 'cn-north-4',
  limits,
  rules: [
    // With the bucket in the path, HEAD of the bucket succeeds and a write fails: Tencent/WeKnora PR #3273.
    virtualHostOnly({ status: 404, code: 'NoSuchKey' }, ['PutObject', 'UploadPart', 'CreateMultipartUpload']),
    noChunkedBodies(mismatch),
    noHeaders(/^x-amz-(trailer|sdk-checksum-algorithm)$/, mismatch),
    ...limitRules(limits),
    storageClasses(['STANDARD', 'STANDARD_IA', 'GLACIER'], { status: 400, code: 'InvalidStorageClass' }),
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
    // OBS knows only keys of a key service and keys of the customer.
    refusing(
      ['PutObject', 'CreateMultipartUpload'],
      { status: 400, code: 'InvalidArgument' },
      ({ headers }) => headers['x-amz-server-side-encryption'] === 'AES256',
    ),
    noHeaders(/^x-amz-grant-/, { status: 501, code: 'NotImplemented' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
  ],
  throttle: { status: 503, code: 'SlowDown' },
};
