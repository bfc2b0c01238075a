import { limitRules, noHeaders, overwritesSilently } from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 5_000_000_000_000,
};

/** Wasabi, as its documents describe it. */
export const wasabi: Temper = {
  name: 'wasabi',
  region: 'us-east-1',
  limits,
  rules: [
    ...limitRules(limits),
    noHeaders(/^x-amz-storage-class$/, { status: 400, code: 'InvalidStorageClass' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
  ],
  throttle: { status: 403, code: 'RequestRateLimitExceeded' },
};
