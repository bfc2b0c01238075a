import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { awsCors } from '../transfer/values/cors-rules.ts';
import { GiB, KiB, MiB } from '../transfer/values/sizes.ts';

const manual = 'docs.wasabi.com';
const multipart = 'https://docs.wasabi.com/docs/how-does-wasabi-handle-multipart-uploads';
const unsaid = 'the documents that we read do not say';

export const wasabi: ProviderFacts = {
  name: 'wasabi',
  title: 'Wasabi',
  endpoint: documented(
    'https://s3.<region>.wasabisys.com',
    `${manual}, endpoints; rclone/rclone backend/s3/provider/Wasabi.yaml`,
  ),
  signingRegion: documented('the region', `${manual}, endpoints`),
  addressing: documented('path', `${manual}: both ways work, this one is recommended`),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: guessed(5 * MiB, `${manual}, not confirmed`),
    partBytesMax: documented(5 * GiB, manual),
    partCountMax: documented(10_000, manual),
    objectBytesMax: guessed(5_000_000_000_000, `${manual}: 5 TB, not confirmed, and read as decimal`),
    singleRequestBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  },
  partsAreEqual: guessed(false, unsaid),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: guessed(false, unsaid),
  partEtag: guessed('opaque', 'nobody confirms how it is made'),
  objectEtag: guessed(
    'opaque',
    'rclone/rclone backend/s3/provider/Wasabi.yaml expects it to be as at AWS; not confirmed',
  ),
  checksumHeaders: guessed('unknown', 'the documents that we read do not say'),
  partChecksum: guessed('none', 'the documents that we read do not say'),
  ownChecksum: guessed('none', 'we found none'),
  listsParts: documented(true, `${multipart}: as AWS describes it`),
  listsUploads: documented(true, `${multipart}: as AWS describes it`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', unsaid),
  storageClasses: guessed('none', unsaid),
  archiveClasses: guessed([], 'requests cannot name a class'),
  metadataBytesMax: guessed(2 * KiB, `the limit of S3; ${unsaid}`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: guessed(false, unsaid),
  cannedAcls: guessed([], unsaid),
  takesEncryption: guessed([], unsaid),
  takesSessionToken: guessed('unknown', unsaid),
  corsRules: guessed(awsCors, unsaid),
  uploadExpiryDays: documented(30, multipart),
  comparesContentMd5: guessed(false, unsaid),
  throttles: documented(['403 RequestRateLimitExceeded', '503 Unavailable'], `${manual}, errors of the S3 API`),
  errorCodes: documented(
    {
      RequestRateLimitExceeded: 'Throttled', // with a 403
      Unavailable: 'Throttled',
      DisconnectError: 'Unreachable', // with a 410
      // Lasts five minutes after too many wrong keys. Trying again would prolong it.
      AuthenticationLockout: 'Refused',
    },
    `${manual}, errors of the S3 API`,
  ),
};
