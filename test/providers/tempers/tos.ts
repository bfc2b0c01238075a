import {
  etagRules,
  limitRules,
  noHeaders,
  opaqueEtags,
  overwritesSilently,
  ownCrc64,
  virtualHostOnly,
} from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = { partBytesMin: 5 * MiB, partBytesMax: 5 * GiB, partCountMax: 10_000 };

/** Volcengine TOS, its S3 endpoint, as its documents describe it. */
export const tos: Temper = {
  name: 'tos',
  region: 'cn-beijing',
  limits,
  rules: [
    virtualHostOnly({ status: 403, code: 'InvalidPathAccess' }),
    ...limitRules(limits),
    // TOS documents only the class names of its native API. So every class is refused here.
    noHeaders(/^x-amz-storage-class$/, { status: 400, code: 'InvalidStorageClass' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    etagRules(opaqueEtags('t-')),
    ownCrc64('x-tos-hash-crc64ecma'),
  ],
  throttle: { status: 429, code: 'ExceedAccountQPSLimit' },
};
