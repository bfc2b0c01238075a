import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB } from '../transfer/values/sizes.ts';

const s3 = 'opentelekomcloud-docs/object-storage-service @b9835f8 doc/s3api';
const api = 'opentelekomcloud-docs/object-storage-service doc/api-ref';

export const obs: ProviderFacts = {
  name: 'obs',
  title: 'Huawei Cloud OBS',
  endpoint: documented('https://obs.<region>.myhuaweicloud.com', 'rclone/rclone backend/s3/provider/HuaweiOBS.yaml'),
  signingRegion: documented('the region', s3),
  addressing: documented(
    'virtual-host-only',
    'support.huaweicloud.com obs_03_0360: by path it is refused since 2023-12-30; Tencent/WeKnora PR #3273',
  ),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, `${s3}: 5 MB; newer documents say 100 KB, and 5 MiB fits both`),
    partBytesMax: documented(5 * GiB, api),
    partCountMax: documented(10_000, api),
    objectBytesMax: documented(10_000 * 5 * GiB, `${api}: 48.8 TB, the product of the two above`),
    singleRequestBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  },
  partsAreEqual: documented(false, api),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: documented(true, `${s3}: a 200 without an ETag is a failure`),
  partEtag: documented('md5', api),
  objectEtag: documented('md5-of-md5s', api),
  checksumHeaders: documented('ignored', 'milvus-io/milvus-storage #500'),
  partChecksum: documented('none', 'milvus-io/milvus-storage #500: 400 XAmzContentSHA256Mismatch'),
  ownChecksum: guessed('none', 'we found none in huaweicloud/huaweicloud-sdk-go-obs @745aa98'),
  listsParts: documented(true, s3),
  listsUploads: documented(true, s3),
  listRows: documented({ default: 1000, max: 1000 }, s3),
  overwriteGuard: guessed('none', `${s3} does not say`),
  storageClasses: documented(['STANDARD', 'STANDARD_IA', 'GLACIER'], `${s3}: stored as STANDARD, WARM and COLD`),
  archiveClasses: documented(
    ['GLACIER'],
    'https://support.huaweicloud.com/intl/en-us/api-obs/obs_04_0087.html: objects of the archive class, COLD before',
  ),
  metadataBytesMax: guessed(2 * KiB, 'the limit of S3; natively OBS takes 8 KB (support.huaweicloud.com obs_41_0025)'),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: documented(true, 'juicedata/juicefs pkg/object/obs.go'),
  cannedAcls: documented(
    [
      'private',
      'public-read',
      'public-read-write',
      'authenticated-read',
      'bucket-owner-read',
      'bucket-owner-full-control',
    ],
    `${s3} access_control/acl.rst`,
  ),
  takesEncryption: documented(['aws:kms'], `${s3}: there is no AES256`),
  takesSessionToken: documented(true, s3),
  corsRules: documented(
    { form: 'xml', takesStar: true, how: 'PUT /?cors with <file> as its body, or the console' },
    'support.huaweicloud.com obs_04_0074; the SDK for browsers asks for the same, obs_24_0107',
  ),
  uploadExpiryDays: guessed('never', `we found no expiry in ${api}`),
  comparesContentMd5: documented(true, `${s3}: 400 BadDigest`),
  throttles: documented(['503 SlowDown', '503 ServiceUnavailable'], s3),
  errorCodes: documented(
    {
      BucketExpanding: 'Unreachable',
      InvalidBucket: 'NoSuchBucket',
      // OBS gives this answer to a write with the bucket in the path, even if HEAD of the bucket succeeds:
      // Tencent/WeKnora PR #3273.
      NoSuchKey: 'Refused',
      MissingRegion: 'Refused',
      TooManyWrongSignature: 'Refused',
      InvalidSecurity: 'Refused',
      InArrearOrInsufficientBalance: 'Refused',
      FrozenUserId: 'Refused',
    },
    s3,
  ),
  sdkStatuses: documented(
    [
      { when: 'success', told: 'status < 300', status: 200, name: 'copied' },
      { when: 'missing bucket', told: 'errorCode NoSuchBucket', status: 404, name: 'NoSuchBucket' },
      { when: 'wrong secret', told: 'errorCode SignatureDoesNotMatch', status: 403, name: 'Refused' },
      { when: 'wrong key', told: 'errorCode InvalidAccessKeyId', status: 403, name: 'Refused' },
      { when: 'no answer', told: 'an exception', status: undefined, name: 'Unreachable' },
    ],
    `OBS Python SDK, uploadFile: status, errorCode, errorMessage; ${s3}`,
  ),
};
