import { cannedAcls, etagRules, limitRules, noHeaders, opaqueEtags, overwritesSilently } from './rules.ts';
import { MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5_000_000_000,
  partCountMax: 10_000,
  objectBytesMax: 10_000_000_000_000,
};

/** Backblaze B2, as its documents describe it. */
export const b2: Temper = {
  name: 'b2',
  region: 'us-west-004',
  limits,
  rules: [
    // B2 also refuses x-amz-checksum-mode, although it only asks for checksums in the answer: boto/s3transfer #327.
    noHeaders(/^x-amz-(checksum-|sdk-checksum-algorithm$)/, {
      status: 400,
      code: 'InvalidArgument',
      message: 'Unsupported header received for this API call.',
    }),
    noHeaders(/^x-amz-tagging/, { status: 400, code: 'InvalidArgument' }),
    noHeaders(/^x-amz-storage-class$/, { status: 400, code: 'InvalidArgument' }),
    cannedAcls(['private'], { status: 400, code: 'InvalidRequest', message: 'It must be that of the bucket.' }),
    ...limitRules(limits),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    etagRules(opaqueEtags('4_z')),
  ],
  throttle: { status: 503, code: 'SlowDown' },
};
