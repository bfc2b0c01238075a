import { cannedAcls, etagRules, limitRules, noHeaders, opaqueEtags, overwritesSilently } from './rules.ts';
import { MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5_000_000_000,
  partCountMax: 10_000,
  objectBytesMax: 10_000_000_000_000,
};

/** Backblaze B2, as its own documents say. */
export const b2: Temper = {
  name: 'b2',
  region: 'us-west-004',
  limits,
  rules: [
    // boto/s3transfer #327: x-amz-checksum-mode, which asks for nothing but an answer, is refused as well.
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
