import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { KiB, MiB } from '../transfer/values/sizes.ts';

const manual = 'https://www.backblaze.com/docs/cloud-storage-s3-compatible-api';
const call = 'https://www.backblaze.com/docs/cloud-storage-call-the-s3-compatible-api';
const api = 'https://www.backblaze.com/apidocs/';

/** We read an upper limit as decimal, and a lower limit as binary. */
export const b2: ProviderFacts = {
  name: 'b2',
  title: 'Backblaze B2',
  endpoint: documented('https://s3.<region>.backblazeb2.com', call),
  signingRegion: documented('the region', manual),
  addressing: documented('path', `${call}: both ways work`),
  tls: documented('required', `${manual}: HTTPS only`),
  takesOperationName: guessed(true, 'nobody was found to say that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, `${manual}: 5 MB`),
    partBytesMax: documented(5_000_000_000, `${manual}: 5 GB`),
    partCountMax: documented(10_000, manual),
    objectBytesMax: documented(10_000_000_000_000, `${manual}: 10 TB`),
    singleRequestBytesMax: guessed(5_000_000_000, 'as a part, not confirmed'),
  },
  partsAreEqual: documented(false, manual),
  copyObjectBytesMax: guessed(0, 'no limit was found, so CopyObject is not used'),
  copiesParts: guessed(false, `${api}s3-upload-part-copy has no condition on the source`),
  partEtag: guessed('opaque', 'how it is made is not documented'),
  objectEtag: guessed('opaque', 'how it is made is not documented'),
  checksumHeaders: documented('refused', 'boto/s3transfer #327: 400, x-amz-checksum-mode too'),
  partChecksum: documented('none', 'boto/s3transfer #327: 400 Unsupported header'),
  ownChecksum: guessed('none', 'none was found for the S3 endpoint'),
  listsParts: documented(true, `${api}s3-list-parts`),
  listsUploads: documented(true, `${api}s3-list-multipart-uploads`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', 'no document read says'),
  storageClasses: guessed('none', 'no document read says'),
  archiveClasses: guessed([], 'no class can be named'),
  metadataBytesMax: guessed(2 * KiB, 'that of S3; no document read says'),
  metadataEntries: guessed({}, 'no limit of a single entry was found'),
  takesTags: documented(false, `${api}s3-copy-object: x-amz-tagging is refused`),
  cannedAcls: documented([], `${api}s3-put-object: it must be the bucket's own`),
  takesEncryption: guessed([], 'no document read says'),
  takesSessionToken: guessed('unknown', 'no document read says'),
  uploadExpiryDays: guessed('never', 'no expiry was found'),
  comparesContentMd5: guessed(false, 'no document read says'),
  throttles: documented(['503 SlowDown', '503 ServiceUnavailable'], manual),
  errorCodes: documented({}, `${call}: it answers as AWS does`),
};
