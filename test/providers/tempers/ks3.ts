import {
  atComplete,
  cannedAcls,
  changedText,
  etagRules,
  forbidsOverwrite,
  limitRules,
  noChunkedBodies,
  otherMd5OfMd5s,
  overwritesSilently,
  ownCrc64,
  storageClasses,
  virtualHostOnly,
} from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB, // 100 KB in current documents, 5 MB in older ones
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 10_000 * 5 * GiB,
};
// ks3sdklib/aws-sdk-go @518f496
const classes = ['STANDARD', 'STANDARD_IA', 'DEEP_IA', 'ARCHIVE', 'COLD_ARCHIVE', 'DEEP_COLD_ARCHIVE'];

/** Kingsoft KS3, as its documents describe it. */
export const ks3: Temper = {
  name: 'ks3',
  region: 'BEIJING',
  limits,
  rules: [
    virtualHostOnly({ status: 403, code: 'AccessDenied', message: 'Use the third-level domain.' }),
    noChunkedBodies({ status: 400, code: 'InvalidArgument' }),
    ...limitRules(limits),
    atComplete({ status: 400, code: 'InvalidPartOrder' }, (listed) =>
      listed.some((number, index) => number !== index + 1),
    ),
    cannedAcls(['private', 'public-read'], { status: 400, code: 'InvalidArgument' }),
    storageClasses([...classes, 'EXTREME_PL1', 'EXTREME_PL2', 'EXTREME_PL3'], { status: 400, code: 'InvalidArgument' }),
    // The status is not documented. 409 is the status of the similar providers.
    forbidsOverwrite('x-amz-forbid-overwrite', { status: 409, code: 'FileAlreadyExists' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    // No document says how KS3 makes a multipart object's ETag. So this ETag differs from AWS's on purpose.
    etagRules({ shown: otherMd5OfMd5s, meant: otherMd5OfMd5s }),
    ownCrc64('x-amz-checksum-crc64ecma'),
    // A sample in KS3's own SDK has a date of this form: 2018-08-23T12:23:26.046+08:00
    {
      on: ['ListParts', 'ListMultipartUploads'],
      answer: (reply) =>
        changedText(reply, (text) => text.replace(/(<(LastModified|Initiated)>[^<]*)Z</g, '$1+08:00<')),
    },
  ],
  throttle: { status: 400, code: 'Throttling' },
};
