import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const manual = 'https://docs.volcengine.com/docs/6349';
const sdk = 'volcengine/ve-tos-golang-sdk @c103fba';
const unsaid = 'known of the native API only';

export const tos: ProviderFacts = {
  name: 'tos',
  title: 'Volcengine TOS',
  endpoint: documented('https://tos-s3-<region>.volces.com', `${manual}, compatibility with S3`),
  signingRegion: documented('the region', `${manual}, compatibility with S3`),
  addressing: documented('virtual-host-only', 'apache/opendal #6549: by path it answers 403 InvalidPathAccess'),
  tls: guessed('optional', 'HTTPS is there; that HTTP is refused is not said'),
  takesOperationName: guessed(true, 'nobody was found to say that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, 'https://docs.byteplus.com/en/docs/tos/reference-uploadpart'),
    partBytesMax: documented(5 * GiB, sdk),
    partCountMax: documented(10_000, sdk),
    objectBytesMax: guessed(5 * TiB, "no limit was found; 5 TiB is the smallest of its neighbours'"),
    singleRequestBytesMax: guessed(5 * GiB, 'as AWS, not confirmed'),
  },
  partsAreEqual: guessed(false, 'as AWS, not confirmed'),
  copyObjectBytesMax: guessed(0, 'no limit was found, so CopyObject is not used'),
  copiesParts: documented(true, 'juicedata/juicefs pkg/object/tos.go'),
  partEtag: guessed('opaque', 'how it is made is not confirmed'),
  objectEtag: guessed('opaque', 'how it is made is not confirmed'),
  checksumHeaders: guessed('unknown', 'apache/opendal #6549 leaves them out'),
  partChecksum: guessed('none', 'apache/opendal #6549 leaves them out'),
  ownChecksum: documented({ header: 'x-tos-hash-crc64ecma', algorithm: 'crc64ecma' }, `${manual}/74868: decimal`),
  listsParts: guessed(false, unsaid),
  listsUploads: guessed(false, unsaid),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', unsaid),
  storageClasses: guessed('none', `${manual} has native names; which of them the S3 header takes is not said`),
  archiveClasses: guessed([], 'no class can be named'),
  metadataBytesMax: guessed(2 * KiB, `that of S3; ${manual} was not found to say`),
  metadataEntries: guessed({}, 'no limit of a single entry was found'),
  takesTags: guessed(false, unsaid),
  cannedAcls: guessed([], unsaid),
  takesEncryption: guessed([], unsaid),
  takesSessionToken: guessed('unknown', unsaid),
  uploadExpiryDays: guessed('never', 'no expiry was found'),
  comparesContentMd5: guessed(false, unsaid),
  throttles: documented(['429', '503'], `${manual}, limits`),
  errorCodes: documented({ InvalidPathAccess: 'Refused' }, 'apache/opendal #6549'),
};
