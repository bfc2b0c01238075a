import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { cannedAcls } from '../transfer/values/canned-acls.ts';
import { awsCors } from '../transfer/values/cors-rules.ts';
import { GiB, KiB, MiB } from '../transfer/values/sizes.ts';

const limits = 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html';
const api = 'https://docs.aws.amazon.com/AmazonS3/latest/API/';

/** Also the profile for stores that answer as AWS documents, for instance the one on this computer. */
export const aws: ProviderFacts = {
  name: 'aws',
  title: 'AWS S3',
  endpoint: documented('https://s3.<region>.amazonaws.com', 'https://docs.aws.amazon.com/general/latest/gr/s3.html'),
  signingRegion: documented('the region', 'https://docs.aws.amazon.com/general/latest/gr/s3.html'),
  addressing: documented('virtual-host', 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html'),
  tls: documented('optional', 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingEncryptionInTransit.html'),
  takesOperationName: documented(true, "AWS's own SDKs send it"),
  part: {
    partBytesMin: documented(5 * MiB, limits),
    partBytesMax: documented(5 * GiB, limits),
    partCountMax: documented(10_000, limits),
    objectBytesMax: documented(10_000 * 5 * GiB, limits),
    singleRequestBytesMax: documented(5 * GiB, limits),
  },
  partsAreEqual: documented(false, limits),
  copyObjectBytesMax: documented(5 * GiB, `${api}API_CopyObject.html`),
  copiesParts: documented(true, `${api}API_UploadPartCopy.html`),
  // Not with SSE-KMS and SSE-C. Then the header of the answer says so, and the adapter reads it.
  partEtag: documented('md5', `${api}API_Object.html`),
  objectEtag: documented('md5-of-md5s', `${api}API_Object.html`),
  checksumHeaders: documented('taken', `${api}API_PutObject.html`),
  partChecksum: documented('trailer', `${api}API_UploadPart.html`),
  ownChecksum: documented(
    { header: 'x-amz-checksum-crc64nvme', algorithm: 'crc64nvme' },
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html',
  ),
  listsParts: documented(true, `${api}API_ListParts.html`),
  listsUploads: documented(true, `${api}API_ListMultipartUploads.html`),
  listRows: documented({ default: 1000, max: 1000 }, `${api}API_ListParts.html`),
  overwriteGuard: documented(
    'if-none-match',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html',
  ),
  storageClasses: documented(
    [
      'STANDARD',
      'STANDARD_IA',
      'ONEZONE_IA',
      'INTELLIGENT_TIERING',
      'GLACIER_IR',
      'GLACIER',
      'DEEP_ARCHIVE',
      'REDUCED_REDUNDANCY',
    ],
    // EXPRESS_ONEZONE is left out. It is the class of all objects in directory buckets, and other buckets refuse it.
    `${api}API_PutObject.html`,
  ),
  archiveClasses: documented(['GLACIER', 'DEEP_ARCHIVE'], `${api}API_GetObject.html: InvalidObjectState`),
  metadataBytesMax: documented(2 * KiB, 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html'),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: documented(true, `${api}API_PutObject.html`),
  cannedAcls: documented(
    cannedAcls,
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#canned-acl',
  ),
  takesEncryption: documented(['AES256', 'aws:kms'], `${api}API_PutObject.html`),
  takesSessionToken: documented(true, 'https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp.html'),
  corsRules: documented(awsCors, 'docs.aws.amazon.com S3 API reference, PutBucketCors and CORSRule'),
  comparesBucketOwner: documented(
    true,
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html',
  ),
  uploadExpiryDays: documented(
    'never',
    'https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html',
  ),
  comparesContentMd5: documented(true, `${api}API_UploadPart.html`),
  throttles: documented(['503 SlowDown', '503 ServiceUnavailable'], `${api}ErrorResponses.html`),
  errorCodes: guessed({}, "the codes of functions/adapters/s3/failure.ts are AWS's own"),
};
