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
  tls: guessed('optional', 'HTTPS is there; that HTTP is refused is not said'),
  takesOperationName: guessed(true, 'nobody was found to say that it is refused'),
  part: {
    partBytesMin: documented(1 * MiB, `${uploadPart}: 1 MB`),
    partBytesMax: documented(5 * GiB, `${uploadPart}: 5 GB`),
    partCountMax: documented(10_000, uploadPart),
    objectBytesMax: documented(10_000 * 5 * GiB, `${manual}: 48.82 TB, the product of the two above`),
    singleRequestBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  },
  partsAreEqual: guessed(false, silent),
  copyObjectBytesMax: guessed(0, 'no limit was found, so CopyObject is not used'),
  copiesParts: documented(true, 'juicedata/juicefs pkg/object/cos.go'),
  partEtag: guessed('opaque', 'how it is made is not confirmed'),
  objectEtag: documented('opaque', 'rclone/rclone backend/s3/provider/TencentCOS.yaml'),
  checksumHeaders: guessed('unknown', 'no document read says'),
  partChecksum: guessed('none', 'no document read says'),
  ownChecksum: documented({ header: 'x-cos-hash-crc64ecma', algorithm: 'crc64ecma' }, `${manual}: decimal`),
  // The manual shows dates for which AWS's SDK would drop the whole answer: adapters/s3/dates.ts.
  listsParts: documented(true, `${manual}; whether the S3 dialect has the odd dates too is not said`),
  listsUploads: guessed(false, silent),
  listRows: documented({ default: 1000, max: 1000 }, manual),
  overwriteGuard: guessed('none', silent),
  storageClasses: documented(
    ['STANDARD', 'STANDARD_IA', 'INTELLIGENT_TIERING', 'ARCHIVE', 'DEEP_ARCHIVE', 'MAZ_STANDARD', 'MAZ_STANDARD_IA'],
    manual,
  ),
  archiveClasses: documented(['ARCHIVE', 'DEEP_ARCHIVE'], `${manual}/30933 and 12633: they are restored first`),
  metadataBytesMax: guessed(2 * KiB, `that of S3; ${silent}`),
  metadataEntries: guessed({}, 'no limit of a single entry was found'),
  takesTags: guessed(false, silent),
  cannedAcls: guessed([], silent),
  takesEncryption: guessed([], silent),
  takesSessionToken: guessed('unknown', silent),
  uploadExpiryDays: guessed('never', 'no expiry was found'),
  comparesContentMd5: documented(true, `${manual}: 400 BadDigest`),
  throttles: guessed(['503 SlowDown'], 'as AWS'),
  errorCodes: guessed({}, "as AWS's; NoSuchUpload and SlowDown are confirmed"),
};
