import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { awsCors } from '../transfer/values/cors-rules.ts';
import { KiB, MiB } from '../transfer/values/sizes.ts';

const manual = 'https://www.backblaze.com/docs/cloud-storage-s3-compatible-api';
const call = 'https://www.backblaze.com/docs/cloud-storage-call-the-s3-compatible-api';
const api = 'https://www.backblaze.com/apidocs/';

/** If a document says MB or GB, we read an upper limit as decimal, and a lower limit as binary. So both are safe. */
export const b2: ProviderFacts = {
  name: 'b2',
  title: 'Backblaze B2',
  endpoint: documented('https://s3.<region>.backblazeb2.com', call),
  signingRegion: documented('the region', manual),
  addressing: documented('path', `${call}: both ways work`),
  tls: documented('required', `${manual}: HTTPS only`),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, `${manual}: 5 MB`),
    partBytesMax: documented(5_000_000_000, `${manual}: 5 GB`),
    partCountMax: documented(10_000, manual),
    objectBytesMax: documented(10_000_000_000_000, `${manual}: 10 TB`),
    singleRequestBytesMax: guessed(5_000_000_000, 'as for a part, not confirmed'),
  },
  partsAreEqual: documented(false, manual),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: guessed(false, `${api}s3-upload-part-copy has no condition on the source`),
  partEtag: guessed('opaque', 'no document says how it is made'),
  objectEtag: guessed('opaque', 'no document says how it is made'),
  checksumHeaders: documented('refused', 'boto/s3transfer #327: 400, x-amz-checksum-mode too'),
  partChecksum: documented('none', 'boto/s3transfer #327: 400 Unsupported header'),
  ownChecksum: guessed('none', 'we found none for the S3 endpoint'),
  listsParts: documented(true, `${api}s3-list-parts`),
  listsUploads: documented(true, `${api}s3-list-multipart-uploads`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', 'the documents that we read do not say'),
  storageClasses: guessed('none', 'the documents that we read do not say'),
  archiveClasses: guessed([], 'requests cannot name a class'),
  metadataBytesMax: guessed(2 * KiB, 'the limit of S3; the documents that we read do not say'),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: documented(false, `${api}s3-copy-object: x-amz-tagging is refused`),
  cannedAcls: documented([], `${api}s3-put-object: it must be the bucket's own`),
  takesEncryption: guessed([], 'the documents that we read do not say'),
  takesSessionToken: guessed('unknown', 'the documents that we read do not say'),
  corsRules: documented(awsCors, 'backblaze.com/apidocs/s3-put-bucket-cors'),
  uploadExpiryDays: guessed('never', 'we found no expiry'),
  comparesContentMd5: guessed(false, 'the documents that we read do not say'),
  throttles: documented(['503 SlowDown', '503 ServiceUnavailable'], manual),
  errorCodes: documented({}, `${call}: it answers as AWS does`),
};
