import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB } from '../transfer/values/sizes.ts';

const parts = 'https://docs.ksyun.com/documents/42468 and 42469';
const sdk = 'ks3sdklib/aws-sdk-go @518f496';

export const ks3: ProviderFacts = {
  name: 'ks3',
  title: 'Kingsoft Cloud KS3',
  endpoint: documented('https://ks3-<region>.ksyuncs.com', 'https://docs.ksyun.com/documents/6762'),
  signingRegion: guessed(
    'a name in capitals, such as BEIJING for cn-beijing',
    'juicedata/juicefs pkg/object/ks3.go; we do not know whether KS3 checks it',
  ),
  addressing: documented(
    'virtual-host-only',
    'StarRocks documentation, storage volumes on KS3; juicedata/juicefs pkg/object/ks3.go',
  ),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  // At Complete, part numbers must run from 1 without gaps, or KS3 answers InvalidPartOrder. Ours always do.
  part: {
    partBytesMin: documented(
      5 * MiB,
      'https://docs.ksyun.com/documents/27929: 5 MB; 42468 says 100 KB, and 5 MiB fits both',
    ),
    partBytesMax: documented(5 * GiB, parts),
    partCountMax: documented(10_000, parts),
    objectBytesMax: documented(10_000 * 5 * GiB, `${parts}: 48.8 TB, the product of the two above`),
    singleRequestBytesMax: documented(5 * GiB, 'https://docs.ksyun.com/documents/42325'),
  },
  partsAreEqual: documented(false, parts),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: documented(true, 'https://docs.ksyun.com/documents/42473; juicedata/juicefs pkg/object/ks3.go'),
  partEtag: documented('md5', parts),
  objectEtag: guessed('opaque', 'no document says how it is made'),
  checksumHeaders: guessed('unknown', 'documents name only its own crc64ecma'),
  partChecksum: guessed('none', 'documents name only its own crc64ecma'),
  ownChecksum: documented(
    { header: 'x-amz-checksum-crc64ecma', algorithm: 'crc64ecma' },
    `${sdk} service/s3/const.go: decimal`,
  ),
  listsParts: documented(true, 'juicedata/juicefs pkg/object/ks3.go'),
  listsUploads: documented(true, sdk),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: documented({ header: 'x-amz-forbid-overwrite', value: 'true' }, `${parts}; ${sdk}`),
  storageClasses: documented(
    [
      'STANDARD',
      'STANDARD_IA',
      'DEEP_IA',
      'ARCHIVE',
      'COLD_ARCHIVE',
      'DEEP_COLD_ARCHIVE',
      'EXTREME_PL1',
      'EXTREME_PL2',
      'EXTREME_PL3',
    ],
    sdk,
  ),
  archiveClasses: guessed(
    ['ARCHIVE', 'COLD_ARCHIVE', 'DEEP_COLD_ARCHIVE'],
    'https://docs.ksyun.com/documents/5962 says it of ARCHIVE; we assume the same for the two colder classes',
  ),
  metadataBytesMax: guessed(2 * KiB, `the limit of S3; ${sdk} does not say`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: documented(true, `https://docs.ksyun.com/documents/42467; ${sdk}`),
  cannedAcls: documented(['private', 'public-read'], sdk),
  takesEncryption: guessed([], `${sdk} has the header; no document says which algorithms KS3 takes`),
  takesSessionToken: guessed('unknown', `${sdk} knows ExpiredToken; the S3 dialect is not confirmed`),
  corsRules: documented(
    { form: 'xml', takesStar: true, how: 'PUT /?cors with <file> as its body, or the console' },
    'docs.ksyun.com/documents/42312',
  ),
  uploadExpiryDays: guessed('never', 'we found no expiry'),
  comparesContentMd5: documented(true, parts),
  throttles: guessed(['400 Throttling', '429'], `${sdk} repeats them`),
  errorCodes: guessed(
    { Throttling: 'Throttled', ThrottlingException: 'Throttled' },
    `${sdk} repeats what begins with Throttling; the full names are those of AWS's SDK`,
  ),
  sdkStatuses: guessed(
    [
      { when: 'success', told: 'ret.status == 200', status: 200, name: 'copied' },
      { when: 'missing bucket', told: 'S3ResponseError of status 404', status: 404, name: 'NoSuchBucket' },
      { when: 'wrong secret', told: 'S3ResponseError of status 403', status: 403, name: 'Refused' },
      { when: 'wrong key', told: 'S3ResponseError of status 403', status: 403, name: 'Refused' },
      { when: 'no answer', told: 'an exception', status: undefined, name: 'Unreachable' },
    ],
    'KS3 Python SDK, multipart upload, says only the first; the others are as at AWS',
  ),
};
