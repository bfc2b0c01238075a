import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const code = 'minio/minio @7aac2a2';
const multipart = 'minio/minio @02b5fc7 cmd/erasure-multipart.go';

export const minio: ProviderFacts = {
  name: 'minio',
  title: 'MinIO',
  endpoint: documented('your own', 'https://github.com/minio/minio: MinIO runs where you run it'),
  signingRegion: documented('us-east-1, unless the server is told otherwise', code),
  addressing: documented('path', 'rclone/rclone backend/s3/provider/Minio.yaml: by host it needs MINIO_DOMAIN'),
  tls: documented('optional', 'minio/minio @7aac2a2'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, `${code} cmd/utils.go`),
    partBytesMax: guessed(5 * GiB, `as AWS; ${code} compares a part with the limit of objects only`),
    partCountMax: documented(10_000, `${code} cmd/utils.go`),
    objectBytesMax: documented(5 * TiB, `${code} cmd/utils.go`),
    singleRequestBytesMax: guessed(5 * GiB, `as AWS; ${code} compares it with the limit of objects only`),
  },
  partsAreEqual: guessed(false, 'as AWS, not confirmed'),
  copyObjectBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  copiesParts: documented(true, `${code} cmd/object-handlers.go`),
  partEtag: documented('md5', `${multipart} PutObjectPart`),
  objectEtag: documented('md5-of-md5s', `${multipart} CompleteMultipartUpload`),
  checksumHeaders: documented('taken', `${code}: recent releases`),
  partChecksum: documented('none', `${code}: recent releases take trailers, older ones refuse them`),
  ownChecksum: documented('none', `${code}: it keeps the checksums that are sent, and computes none by itself`),
  listsParts: documented(true, `${multipart} ListObjectParts`),
  listsUploads: documented('exact-key', `${code}: a prefix finds the uploads of the object of that name only`),
  listRows: documented({ default: 10_000, max: 10_000 }, `${code} cmd/api-resources.go, cmd/api-response.go`),
  overwriteGuard: documented('if-none-match', `${code} cmd/object-handlers.go: at Complete too`),
  storageClasses: documented(
    ['STANDARD', 'REDUCED_REDUNDANCY'],
    'minio/minio @00cc421 internal/config/storageclass/storage-class.go',
  ),
  archiveClasses: documented(
    [],
    'minio/minio @00cc421 internal/config/storageclass/storage-class.go: they differ in parity only',
  ),
  // 2 KiB with the prefixes of the names. We leave room for sixteen of them.
  metadataBytesMax: documented(2 * KiB - 16 * 'x-amz-meta-'.length, `${code} cmd/generic-handlers.go maxUserDataSize`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: guessed(false, 'not looked up'),
  cannedAcls: documented([], `${code}: objects have no ACL`),
  takesEncryption: guessed([], 'it needs a key service, which we cannot see from outside'),
  takesSessionToken: documented(true, 'minio/minio @002ddea cmd/api-errors.go: InvalidTokenId'),
  corsRules: documented(
    {
      form: 'none',
      takesStar: true,
      how: 'nothing, unless its administrator has limited the origins: mc admin config set <alias> api cors_allow_origin=<origin>',
    },
    'minio/minio #20995, #21332 (no rules of a bucket), #7331 (all headers are exposed)',
  ),
  uploadExpiryDays: documented(
    1,
    `${code}: stale uploads are removed after 24 hours, unless the server is told otherwise`,
  ),
  comparesContentMd5: guessed(true, 'as AWS, not confirmed'),
  throttles: documented(
    ['503 SlowDownRead', '503 SlowDownWrite', '503 RequestTimeout', '429 TooManyRequests'],
    'minio/minio @002ddea cmd/api-errors.go',
  ),
  errorCodes: documented(
    {
      // Here it means that MinIO did not get a lock in time. The answer asks to slow down.
      RequestTimeout: 'Throttled',
      Busy: 'Throttled',
      XMinioServerNotInitialized: 'Unreachable',
      XMinioBackendDown: 'Unreachable',
      // A person must make room, raise the quota, or write https in the URL. Trying again does not help.
      XMinioStorageFull: 'Refused',
      XMinioAdminBucketQuotaExceeded: 'Refused',
      XMinioInsecureClientRequest: 'Refused',
      InvalidTokenId: 'Refused',
      XMinioParentIsObject: 'InvalidRequest',
      XMinioObjectExistsAsDirectory: 'InvalidRequest',
      XMinioInvalidObjectName: 'InvalidRequest',
    },
    'minio/minio @002ddea cmd/api-errors.go',
  ),
};
