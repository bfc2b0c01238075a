import { limitRules, storageClasses } from './rules.ts';
import { GiB, MiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 5 * MiB,
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 10_000 * 5 * GiB,
  putBytesMax: 5 * GiB,
};

// From API_PutObject of the S3 API reference. EXPRESS_ONEZONE is left out, because only directory buckets take it.
const classes = [
  ...['STANDARD', 'STANDARD_IA', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'GLACIER_IR', 'GLACIER', 'DEEP_ARCHIVE'],
  'REDUCED_REDUNDANCY',
];

/** AWS, as its documents describe it. The embedded store imitates AWS already, so few rules are needed here. */
export const aws: Temper = {
  name: 'aws',
  region: 'eu-central-1',
  limits,
  checksumByDefault: true,
  rules: [...limitRules(limits), storageClasses(classes, { status: 400, code: 'InvalidStorageClass' })],
  throttle: { status: 503, code: 'SlowDown' },
};
