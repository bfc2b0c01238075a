import { documented, guessed, measured, type ProviderFacts } from '../transfer/provider.ts';
import { awsCors } from '../transfer/values/cors-rules.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const docs = 'cloudflare/cloudflare-docs src/content/docs/r2';
const api = `${docs}/api/s3/api.mdx @0ad0725`;
const limits = `${docs}/platform/limits.mdx @003617a`;
const multipart = `${docs}/objects/multipart-objects.mdx @0f863c1`;
// Cloudflare's own simulator of R2, which runs on a laptop. If the document says that the cloud does more, we believe
// the document.
const simulator = "Cloudflare's simulator, miniflare 4.20260730";
const suite = `test/conformance and test/providers/r2.test.ts, ${simulator}`;

export const r2: ProviderFacts = {
  name: 'r2',
  title: 'Cloudflare R2',
  endpoint: documented('https://<account>.r2.cloudflarestorage.com', api),
  signingRegion: documented('auto', api),
  addressing: documented('path', 'rclone/rclone backend/s3/provider/Cloudflare.yaml'),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: measured(true, suite),
  // All parts but the last must have one size. R2 checks this only at Complete.
  part: {
    partBytesMin: documented(5 * MiB, multipart),
    partBytesMax: documented(5 * GiB - 5 * MiB, `${limits}: 5 MiB less than 5 GiB`),
    partCountMax: documented(10_000, limits),
    objectBytesMax: documented(5 * TiB - 5 * GiB, `${limits}: 5 GiB less than 5 TiB`),
    singleRequestBytesMax: documented(5 * GiB - 5 * MiB, `${limits}: 5 MiB less than 5 GiB`),
  },
  partsAreEqual: documented(true, `${multipart}: R2 checks it only at Complete`),
  copyObjectBytesMax: guessed(
    5 * GiB - 5 * MiB,
    `${limits} says so for copied parts; it obeys the condition on the source: ${suite}`,
  ),
  // UploadPartCopy exists. But without the condition, nobody would notice a source that changes in the middle.
  copiesParts: measured(false, `${suite}: x-amz-copy-source-if-match answers 501; ${api}`),
  // Each write of a part gets another ETag, even if the bytes are the same.
  partEtag: measured('opaque', `${suite}; ${multipart} says MD5`),
  objectEtag: measured('md5-of-md5s', `${suite}; ${multipart}`),
  checksumHeaders: documented('taken', `${api}: since 2025; before that 501`),
  partChecksum: measured('none', `${suite}: the simulator stores the frames of a trailer as data`),
  ownChecksum: guessed('none', `${api} has CRC-64/NVME, but not that R2 computes one that nobody sent`),
  // The simulator answers 501 to both lists. If a store answers 501, Partway goes on without the list.
  listsParts: documented(true, `${api}; ${simulator}, answers 501`),
  listsUploads: documented(true, `${api}; ${simulator}, answers 501`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: measured('none', `${suite}: Complete with If-None-Match overwrites silently`),
  storageClasses: documented(['STANDARD', 'STANDARD_IA'], api),
  archiveClasses: documented([], `${api}: neither of its classes is an archive`),
  metadataBytesMax: measured(2 * KiB, `${suite}: more answers 500; ${limits} says 8 KiB`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: measured(false, `${suite}: 501; ${api}`),
  cannedAcls: documented([], api),
  takesEncryption: documented([], `${api}: keys of the customer only`),
  takesSessionToken: documented(true, `${docs}/api/s3/temporary-credentials.mdx @1801a42`),
  corsRules: documented({ ...awsCors, takesStar: false }, `${docs}/buckets/cors.mdx @0223c10: each header by its name`),
  uploadExpiryDays: documented(7, `${multipart}: unless the bucket has a rule of its own`),
  comparesContentMd5: measured(true, suite),
  throttles: documented(['429', '503'], `${docs}/api/error-codes.mdx @1e89859`),
  errorCodes: documented(
    {
      Unauthorized: 'Refused',
      NotEntitled: 'Refused',
      ObjectLockedByBucketPolicy: 'Refused',
      ExpiredRequest: 'ClockSkewed',
      IncompleteBody: 'Unreachable',
      ClientDisconnect: 'Unreachable',
      InvalidObjectName: 'InvalidRequest',
      MetadataTooLarge: 'InvalidRequest',
    },
    `${docs}/api/error-codes.mdx @1e89859`,
  ),
};
