import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB } from '../transfer/values/sizes.ts';

const manual = 'https://cloud.tencent.com/document/product/436';
const uploadPart = `${manual}/7750`;
const silent = `${manual} does not say for the S3 dialect`;

/** Bucket names end with the account's number: name-1250000000. */
export const cos: ProviderFacts = {
  name: 'cos',
  title: 'Tencent Cloud COS',
  endpoint: documented('https://cos.<region>.myqcloud.com', manual),
  signingRegion: documented('the region', manual),
  addressing: documented('virtual-host-only', `${manual}: by path, buckets made since 2024-01-01 answer 403`),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(1 * MiB, `${uploadPart}: 1 MB`),
    partBytesMax: documented(5 * GiB, `${uploadPart}: 5 GB`),
    partCountMax: documented(10_000, uploadPart),
    objectBytesMax: documented(10_000 * 5 * GiB, `${manual}: 48.82 TB, the product of the two above`),
    singleRequestBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  },
  partsAreEqual: guessed(false, silent),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: documented(true, 'juicedata/juicefs pkg/object/cos.go'),
  partEtag: guessed('opaque', 'nobody confirms how it is made'),
  objectEtag: documented('opaque', 'rclone/rclone backend/s3/provider/TencentCOS.yaml'),
  checksumHeaders: guessed('unknown', 'the documents that we read do not say'),
  partChecksum: guessed('none', 'the documents that we read do not say'),
  ownChecksum: documented({ header: 'x-cos-hash-crc64ecma', algorithm: 'crc64ecma' }, `${manual}: decimal`),
  // The manual shows dates for which AWS's SDK would drop the whole answer: adapters/s3/dates.ts.
  listsParts: documented(true, `${manual}; it does not say whether the S3 dialect has such dates too`),
  listsUploads: guessed(false, silent),
  listRows: documented({ default: 1000, max: 1000 }, manual),
  overwriteGuard: guessed('none', silent),
  storageClasses: documented(
    ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ARCHIVE', 'DEEP_ARCHIVE', 'MAZ_STANDARD', 'MAZ_STANDARD_IA'],
    manual,
  ),
  archiveClasses: documented(['ARCHIVE', 'DEEP_ARCHIVE'], `${manual}/30933 and 12633: they are restored first`),
  metadataBytesMax: guessed(2 * KiB, `the limit of S3; ${silent}`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: guessed(false, silent),
  cannedAcls: guessed([], silent),
  takesEncryption: guessed([], silent),
  takesSessionToken: guessed('unknown', silent),
  corsRules: documented(
    { form: 'xml', takesStar: true, how: 'PUT /?cors with <file> as its body, or the console' },
    'cloud.tencent.com/document/api/436/8279',
  ),
  uploadExpiryDays: guessed('never', 'we found no expiry'),
  comparesContentMd5: documented(true, `${manual}: 400 BadDigest`),
  throttles: guessed(['503 SlowDown'], 'as AWS'),
  errorCodes: guessed({}, "as AWS's; NoSuchUpload and SlowDown are confirmed"),
};
