import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB } from '../transfer/values/sizes.ts';

const api = 'AlibabaCloudDocs/oss @f684091, API reference of multipart uploads';
const compatibility = 'help.aliyun.com "Compatibility with Amazon S3"';
const sdks = 'help.aliyun.com "Use AWS SDKs to access OSS"';

export const oss: ProviderFacts = {
  name: 'oss',
  title: 'Alibaba Cloud OSS',
  endpoint: documented('https://s3.oss-<region>.aliyuncs.com', sdks),
  signingRegion: guessed(
    'the region, such as cn-hangzhou',
    `${sdks}: one sample signs for the region, another one for aws-global`,
  ),
  addressing: documented('virtual-host-only', `${compatibility}: by path it answers SecondLevelDomainForbidden`),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(100 * KiB, `${api}: checked at Complete`),
    partBytesMax: documented(5 * GiB, api),
    partCountMax: documented(10_000, api),
    objectBytesMax: documented(10_000 * 5 * GiB, `${api}: 48.8 TB, the product of the two above`),
    singleRequestBytesMax: guessed(5 * GiB, `${api}: 5 GB, not confirmed for the S3 endpoint`),
  },
  partsAreEqual: documented(false, api),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  // Within one region. If a range goes past the end, OSS copies the whole object and answers 200. So we compare sizes
  // afterwards.
  copiesParts: documented(true, `${api}: within one region`),
  // In capital letters. Our comparisons ignore case.
  partEtag: documented('md5', api),
  objectEtag: documented('opaque', `${api}; rclone/rclone backend/s3/provider/Alibaba.yaml`),
  checksumHeaders: documented('ignored', 'milvus-io/milvus-storage #500'),
  partChecksum: documented('none', 'help.aliyun.com, EC 0017-00000804: trailers are answered with 400'),
  ownChecksum: documented(
    { header: 'x-oss-hash-crc64ecma', algorithm: 'crc64ecma' },
    `${api}: decimal; may be absent on objects that were copied`,
  ),
  listsParts: documented(true, api),
  listsUploads: documented(false, `${compatibility}: not in the list of operations`),
  listRows: documented({ default: 1000, max: 1000 }, api),
  // OSS ignores it if the bucket keeps versions. There the older object stays as a version.
  overwriteGuard: documented(
    { header: 'x-oss-forbid-overwrite', value: 'true' },
    `${api}: answers 409 FileAlreadyExists; ignored in buckets with versions`,
  ),
  storageClasses: documented(['STANDARD', 'STANDARD_IA', 'GLACIER'], compatibility),
  archiveClasses: documented(
    ['GLACIER'],
    'help.aliyun.com "RestoreObject": an archived object, unless its bucket allows real-time access, which we cannot see from outside',
  ),
  metadataBytesMax: documented(8 * KiB, 'help.aliyun.com EC 0011-00000002'),
  metadataEntries: documented({ underscores: false }, 'help.aliyun.com EC 0011-00000004'),
  takesTags: documented(false, `${compatibility}: not in the list`),
  cannedAcls: documented(
    ['private', 'public-read', 'public-read-write'],
    `${compatibility}; help.aliyun.com "Object ACL"`,
  ),
  takesEncryption: guessed([], 'OSS encrypts by headers of its own; no document says whether it reads those of S3'),
  takesSessionToken: documented(true, `${api}: SecurityTokenExpired`),
  corsRules: documented(
    { form: 'xml', takesStar: true, how: 'PUT /?cors with <file> as its body, or the console' },
    'help.aliyun.com "PutBucketCors" and "Configure CORS rules"',
  ),
  uploadExpiryDays: documented('never', `${api}: a lifecycle rule of the bucket may abort them`),
  comparesContentMd5: documented(true, `${api}: 400 InvalidDigest`),
  throttles: documented(
    [
      '503 DownloadTrafficRateLimitExceeded',
      '503 UploadTrafficRateLimitExceeded',
      '503 TotalQpsLimitExceeded',
      '503 MetaOperationQpsLimitExceeded',
      '503 ActiveRequestLimitExceeded',
      '503 CpuLimitExceeded',
      '503 ServiceUnavailable',
    ],
    api,
  ),
  errorCodes: documented(
    {
      DownloadTrafficRateLimitExceeded: 'Throttled',
      UploadTrafficRateLimitExceeded: 'Throttled',
      TotalQpsLimitExceeded: 'Throttled',
      MetaOperationQpsLimitExceeded: 'Throttled',
      ActiveRequestLimitExceeded: 'Throttled',
      CpuLimitExceeded: 'Throttled',
      // The endpoint's address is wrong: the bucket is in the path, or it is the public address, which accounts since
      // 2025-03-20 may not use.
      SecondLevelDomainForbidden: 'Refused',
      PublicEndpointForbidden: 'Refused',
      InvalidSecurityToken: 'Refused',
      SecurityTokenExpired: 'Expired',
      UserDisable: 'Refused',
      FileAlreadyExists: 'TargetExists',
      InvalidDigest: 'Damaged',
    },
    `${api}; help.aliyun.com EC 0048-00000401 (PublicEndpointForbidden)`,
  ),
  sdkStatuses: documented(
    [
      { when: 'success', told: 'no exception', status: 200, name: 'copied' },
      { when: 'missing bucket', told: 'exceptions.NoSuchBucket', status: 404, name: 'NoSuchBucket' },
      { when: 'wrong secret', told: 'exceptions.SignatureDoesNotMatch', status: 403, name: 'Refused' },
      { when: 'wrong key', told: 'exceptions.ServerError of code InvalidAccessKeyId', status: 403, name: 'Refused' },
      { when: 'no answer', told: 'exceptions.RequestError, status -2', status: undefined, name: 'Unreachable' },
    ],
    'aliyun/aliyun-oss-python-sdk oss2/exceptions.py',
  ),
};
