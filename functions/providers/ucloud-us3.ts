import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { KiB, MiB } from '../transfer/values/sizes.ts';

const manual = 'UCloudDoc-Team/ufile @0ccf9b2 s3/s3_introduction.md';
const silent = `${manual} does not say`;

export const us3: ProviderFacts = {
  name: 'us3',
  title: 'UCloud US3',
  // Endpoints inside UCloud (internal.s3-<region>) have no TLS.
  endpoint: documented('https://s3-<region>.ufileos.com', manual),
  signingRegion: guessed(
    'the region, such as cn-bj',
    `${silent}; other programs sign for the region, or for s3-<region>, or leave the region out`,
  ),
  addressing: documented('path', `${manual}: HTTPS with the bucket as host works in seven regions only`),
  tls: documented('optional', `${manual}: endpoints inside UCloud have no TLS`),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  // Parts are 8 MiB, and the last may be smaller. US3 answers 400 to any other size. Support may lift that for an
  // account.
  part: {
    partBytesMin: documented(8 * MiB, manual),
    partBytesMax: documented(8 * MiB, manual),
    partCountMax: guessed(10_000, `${silent}; as AWS`),
    objectBytesMax: guessed(10_000 * 8 * MiB, 'follows from the parts; natively US3 takes 5 TB'),
    singleRequestBytesMax: documented(1_000_000_000, `${manual}: PutObject takes 1 GB`),
  },
  partsAreEqual: documented(true, `${manual}: exactly 8 MiB`),
  copyObjectBytesMax: documented(100_000_000, `${manual}: CopyObject takes 100 MB`),
  copiesParts: documented(false, `${manual}: UploadPartCopy is a closed beta`),
  partEtag: documented('opaque', `${manual}: not computed as AWS does`),
  objectEtag: documented('opaque', `${manual}: not computed as AWS does`),
  checksumHeaders: guessed('unknown', 'US3 does not compare MD5s; the manual says nothing about checksums'),
  partChecksum: guessed('none', 'the manual says nothing about checksums'),
  ownChecksum: guessed('none', 'we found no header in ucloud/ufile-sdk-python and ufilesdk-dev/ufile-gosdk'),
  listsParts: documented(true, manual),
  listsUploads: documented(true, manual),
  listRows: guessed({ default: 1000, max: 1000 }, `${silent}; as AWS`),
  overwriteGuard: guessed('none', silent),
  // STANDARD_IA is left out: US3 accepts the word and stores STANDARD. Its own cold class is called ONEZONE_IA.
  storageClasses: documented(
    ['STANDARD', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'REDUCED_REDUNDANCY', 'GLACIER', 'DEEP_ARCHIVE'],
    `${manual}: STANDARD_IA would be stored as STANDARD`,
  ),
  archiveClasses: documented(
    ['GLACIER', 'DEEP_ARCHIVE'],
    `UCloudDoc-Team/ufile @1b61717 introduction/storage_type.md; ${manual}: both are stored as ARCHIVE`,
  ),
  metadataBytesMax: guessed(2 * KiB, `the limit of S3; ${silent}`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: documented(false, manual),
  cannedAcls: documented([], `${manual}: ACLs of objects work in some regions only`),
  takesEncryption: guessed([], silent),
  takesSessionToken: guessed('unknown', silent),
  corsRules: documented(
    {
      form: 'none',
      takesStar: true,
      how: "US3's console, Cross-domain Settings: the origin <origin>, the method PUT, Allow-Headers * and Expose-Headers ETag",
    },
    'ucloud-global.com/en/docs/ufile/guide/cors',
  ),
  uploadExpiryDays: documented('never', 'UCloudDoc-Team/ufile guide/file/put.md: parts of unfinished uploads stay'),
  comparesContentMd5: documented(false, `${manual}: its MD5 check is not supported`),
  throttles: guessed(['503 SlowDown'], `${silent}; as AWS`),
  // Its native table has 400 for a missing bucket, and 401 and 403 for keys. The last two are Refused by their status
  // anyway.
  errorCodes: guessed({}, 'no list of its S3 codes is published; statuses mean what they mean at AWS'),
  // If HEAD of a bucket answers 400, the bucket is missing: US3 has just accepted the same signature.
  missingBucketStatus: guessed(400, 'as its native API, by the table of HTTP statuses of its Python SDK'),
  sdkStatuses: documented(
    [
      { when: 'success', told: '200', status: 200, name: 'copied' },
      { when: 'missing bucket', told: '400', status: 400, name: 'NoSuchBucket' },
      { when: 'wrong secret', told: '401, upload credential wrong', status: 401, name: 'Refused' },
      { when: 'wrong key', told: '403, API public or private key wrong', status: 403, name: 'Refused' },
      { when: 'no answer', told: '-1, network', status: undefined, name: 'Unreachable' },
    ],
    'UCloud US3 Python SDK, multipart and resumable upload: table of HTTP statuses and code sample',
  ),
};
