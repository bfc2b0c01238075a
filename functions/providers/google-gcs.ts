import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const docs = 'https://docs.cloud.google.com/storage/docs';
const quotas = 'https://docs.cloud.google.com/storage/quotas';
const unsaid = 'not confirmed for the S3 dialect';

/** Its XML API, with HMAC keys. */
export const gcs: ProviderFacts = {
  name: 'gcs',
  title: 'Google Cloud Storage',
  endpoint: documented('https://storage.googleapis.com', `${docs}/interoperability`),
  signingRegion: documented('auto', `${docs}/interoperability: any is taken`),
  addressing: guessed('path', 'both ways are said to work'),
  tls: guessed('optional', 'HTTPS is there; that HTTP is refused is not said'),
  takesOperationName: documented(
    false,
    'rclone/rclone backend/s3/provider/GCS.yaml leaves it out of what is signed and sent',
  ),
  part: {
    partBytesMin: documented(5 * MiB, quotas),
    partBytesMax: documented(5 * GiB, quotas),
    partCountMax: documented(10_000, quotas),
    objectBytesMax: documented(5 * TiB, quotas),
    singleRequestBytesMax: guessed(5 * GiB, `${quotas} has 5 TiB; ${unsaid}`),
  },
  partsAreEqual: guessed(false, unsaid),
  copyObjectBytesMax: guessed(0, 'no limit was found, so CopyObject is not used'),
  copiesParts: documented(
    false,
    'https://issuetracker.google.com/issues/323465186; rclone/rclone backend/s3/provider/GCS.yaml',
  ),
  partEtag: guessed('opaque', `${docs}/xml-api/put-object-multipart does not say how it is made`),
  objectEtag: documented('opaque', `${docs}/multipart-uploads`),
  // The value reads crc32c=<base64>, beside others.
  checksumHeaders: documented('refused', 'milvus-io/milvus-storage #480: SignatureDoesNotMatch or ExcessHeaderValues'),
  partChecksum: documented('none', 'milvus-io/milvus-storage #480'),
  ownChecksum: documented({ header: 'x-goog-hash', algorithm: 'crc32c' }, `${docs}/multipart-uploads`),
  listsParts: documented(true, `${docs}/xml-api/get-object-multipart`),
  listsUploads: documented(true, `${docs}/xml-api/get-bucket-uploads`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', `${docs}/request-preconditions has one of its own; ${unsaid}`),
  storageClasses: documented(['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'], `${docs}/storage-classes`),
  archiveClasses: documented([], `${docs}/storage-classes: all of them are read at once, ARCHIVE too`),
  metadataBytesMax: guessed(2 * KiB, `that of S3; ${docs}/metadata has but 16 KB for all of a request's headers`),
  metadataEntries: guessed({}, 'no limit of a single entry was found'),
  takesTags: guessed(false, unsaid),
  cannedAcls: guessed([], unsaid),
  takesEncryption: guessed([], unsaid),
  takesSessionToken: guessed('unknown', unsaid),
  uploadExpiryDays: documented('never', `${docs}/multipart-uploads: a lifecycle rule of the bucket may abort them`),
  comparesContentMd5: documented(true, `${docs}/xml-api/put-object-multipart`),
  throttles: guessed(['429', '503'], unsaid),
  errorCodes: guessed({}, "as AWS's, not confirmed"),
};
