import {
  changedText,
  etagRules,
  limitRules,
  noChunkedBodies,
  opaqueEtags,
  overwritesSilently,
  ownCrc64,
  storageClasses,
  virtualHostOnly,
} from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 1 * MiB,
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 10_000 * 5 * GiB,
};
const classes = ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ARCHIVE', 'DEEP_ARCHIVE', 'MAZ_STANDARD'];

/** Tencent Cloud COS, as its documents describe it. */
export const cos: Temper = {
  name: 'cos',
  region: 'ap-guangzhou',
  limits,
  rules: [
    virtualHostOnly({ status: 403, code: 'AccessDenied', message: 'By path since 2024-01-01: no.' }),
    noChunkedBodies({ status: 501, code: 'NotImplemented' }),
    ...limitRules(limits),
    storageClasses([...classes, 'MAZ_STANDARD_IA'], { status: 400, code: 'InvalidStorageClass' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    etagRules(opaqueEtags('q-')),
    ownCrc64('x-cos-hash-crc64ecma'),
    // The manual's example of ListParts has a date of this form. AWS's SDK cannot read it and rejects the whole answer.
    {
      on: ['ListParts'],
      answer: (reply) =>
        changedText(reply, (text) => text.replace(/<LastModified>[^<]*</g, '<LastModified>Wed Mar 20 17:39:12 2024<')),
    },
  ],
  throttle: { status: 503, code: 'SlowDown' },
};
