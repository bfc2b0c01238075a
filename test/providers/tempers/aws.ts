import { limitRules, storageClasses } from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 10_000 * 5 * GiB,
  putBytesMax: 5 * GiB,
};

// API_PutObject of the S3 API reference, without EXPRESS_ONEZONE: only directory buckets take that one.
const classes = [
  ...['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
  'REDUCED_REDUNDANCY',
];

/** AWS itself, which the embedded store imitates already, as its own documents say. */
export const aws: Temper = {
  name: 'aws',
  region: 'eu-central-1',
  limits,
  checksumByDefault: true,
  rules: [...limitRules(limits), storageClasses(classes, { status: 400, code: 'InvalidStorageClass' })],
  throttle: { status: 503, code: 'SlowDown' },
};
