import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const docs = 'https://docs.cloud.google.com/storage/docs';
const quotas = 'https://docs.cloud.google.com/storage/quotas';
const unsaid = 'not confirmed for the S3 dialect';

/** The XML API of Google, with HMAC keys. */
export const gcs: ProviderFacts = {
  name: 'gcs',
  title: 'Google Cloud Storage',
  endpoint: documented('https://storage.googleapis.com', `${docs}/interoperability`),
  signingRegion: documented('auto', `${docs}/interoperability: any is taken`),
  addressing: guessed('path', 'a document says that both ways work'),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
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
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: documented(
    false,
    'https://issuetracker.google.com/issues/323465186; rclone/rclone backend/s3/provider/GCS.yaml',
  ),
  partEtag: guessed('opaque', `${docs}/xml-api/put-object-multipart does not say how it is made`),
  objectEtag: documented('opaque', `${docs}/multipart-uploads`),
  checksumHeaders: documented('refused', 'milvus-io/milvus-storage #480: SignatureDoesNotMatch or ExcessHeaderValues'),
  partChecksum: documented('none', 'milvus-io/milvus-storage #480'),
  // The header has `crc32c=<base64>`, and other hashes too.
  ownChecksum: documented({ header: 'x-goog-hash', algorithm: 'crc32c' }, `${docs}/multipart-uploads`),
  listsParts: documented(true, `${docs}/xml-api/get-object-multipart`),
  listsUploads: documented(true, `${docs}/xml-api/get-bucket-uploads`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', `${docs}/request-preconditions has one of its own; ${unsaid}`),
  storageClasses: documented(['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'], `${docs}/storage-classes`),
  archiveClasses: documented([], `${docs}/storage-classes: all of them can be read at once, ARCHIVE too`),
  metadataBytesMax: guessed(
    2 * KiB,
    `the limit of S3; ${docs}/metadata has only a limit of 16 KB for all of a request's headers`,
  ),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: guessed(false, unsaid),
  cannedAcls: guessed([], unsaid),
  takesEncryption: guessed([], unsaid),
  takesSessionToken: guessed('unknown', unsaid),
  corsRules: documented(
    { form: 'gcs', takesStar: false, how: 'gcloud storage buckets update gs://<bucket> --cors-file=<file>' },
    'cloud.google.com/storage/docs/using-cors; its XML has another form than that of S3',
  ),
  uploadExpiryDays: documented('never', `${docs}/multipart-uploads: a lifecycle rule of the bucket may abort them`),
  comparesContentMd5: documented(true, `${docs}/xml-api/put-object-multipart`),
  throttles: guessed(['429', '503'], unsaid),
  errorCodes: guessed({}, "as AWS's, not confirmed"),
};
