import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const manual = 'https://docs.volcengine.com/docs/6349';
const sdk = 'volcengine/ve-tos-golang-sdk @c103fba';
const unsaid = 'we know it only of the native API';

export const tos: ProviderFacts = {
  name: 'tos',
  title: 'Volcengine TOS',
  endpoint: documented('https://tos-s3-<region>.volces.com', `${manual}, compatibility with S3`),
  signingRegion: documented('the region', `${manual}, compatibility with S3`),
  addressing: documented('virtual-host-only', 'apache/opendal #6549: by path it answers 403 InvalidPathAccess'),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, 'https://docs.byteplus.com/en/docs/tos/reference-uploadpart'),
    partBytesMax: documented(5 * GiB, sdk),
    partCountMax: documented(10_000, sdk),
    objectBytesMax: guessed(5 * TiB, 'we found no limit; 5 TiB is the smallest limit of similar stores'),
    singleRequestBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  },
  partsAreEqual: guessed(false, 'as AWS, not confirmed'),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: documented(true, 'juicedata/juicefs pkg/object/tos.go'),
  partEtag: guessed('opaque', 'nobody confirms how it is made'),
  objectEtag: guessed('opaque', 'nobody confirms how it is made'),
  checksumHeaders: guessed('unknown', 'apache/opendal #6549 leaves them out'),
  partChecksum: guessed('none', 'apache/opendal #6549 leaves them out'),
  ownChecksum: documented({ header: 'x-tos-hash-crc64ecma', algorithm: 'crc64ecma' }, `${manual}/74868: decimal`),
  listsParts: guessed(false, unsaid),
  listsUploads: guessed(false, unsaid),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', unsaid),
  storageClasses: guessed('none', `${manual} has native names; no document says which of them the S3 header takes`),
  archiveClasses: guessed([], 'requests cannot name a class'),
  metadataBytesMax: guessed(2 * KiB, `the limit of S3; ${manual} does not say, as far as we read`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: guessed(false, unsaid),
  cannedAcls: guessed([], unsaid),
  takesEncryption: guessed([], unsaid),
  takesSessionToken: guessed('unknown', unsaid),
  corsRules: documented(
    { form: 's3', takesStar: true, how: 'PUT /?cors of its own API with <file> as its body, or the console' },
    'volcengine.com/docs/6349/196028',
  ),
  uploadExpiryDays: guessed('never', 'we found no expiry'),
  comparesContentMd5: guessed(false, unsaid),
  throttles: documented(['429', '503'], `${manual}, limits`),
  errorCodes: documented({ InvalidPathAccess: 'Refused' }, 'apache/opendal #6549'),
};
