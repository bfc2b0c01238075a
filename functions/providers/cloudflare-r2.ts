import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, MiB, TiB } from '../transfer/sizes.ts';

const docs = 'cloudflare/cloudflare-docs src/content/docs/r2';
const api = `${docs}/api/s3/api.mdx @0ad0725`;
const limits = `${docs}/platform/limits.mdx @003617a`;
const multipart = `${docs}/objects/multipart-objects.mdx @0f863c1`;

export const r2: ProviderFacts = {
  name: 'r2',
  title: 'Cloudflare R2',
  endpoint: documented('https://<account>.r2.cloudflarestorage.com', api),
  signingRegion: documented('auto', api),
  addressing: documented('path', 'rclone/rclone backend/s3/provider/Cloudflare.yaml'),
  // All parts but the last must be of one size; R2 says so only at Complete. Ours always are.
  part: {
    partBytesMin: documented(5 * MiB, multipart),
    partBytesMax: documented(5 * GiB - 5 * MiB, `${limits}: 5 MiB less than 5 GiB`),
    partCountMax: documented(10_000, limits),
    objectBytesMax: documented(5 * TiB - 5 * GiB, `${limits}: 5 GiB less than 5 TiB`),
    singleRequestBytesMax: documented(5 * GiB - 5 * MiB, `${limits}: 5 MiB less than 5 GiB`),
  },
  partsAreEqual: documented(true, `${multipart}: said at Complete only`),
  copyObjectBytesMax: guessed(5 * GiB - 5 * MiB, `${limits} says so of parts that are copied, not of CopyObject`),
  // UploadPartCopy is there; without the condition a source that changes in the middle would not be noticed.
  copiesParts: documented(false, `${api}: x-amz-copy-source-if-match is not implemented on UploadPartCopy`),
  partEtag: guessed('opaque', `${multipart} says MD5; Cloudflare's own simulator, miniflare 4, answers otherwise`),
  objectEtag: documented('md5-of-md5s', multipart),
  ownChecksum: guessed('none', `${api} has CRC-64/NVME, but not that R2 computes one that nobody sent`),
  listsParts: documented(true, `${api}; miniflare 4 has no ListParts`),
  listsUploads: documented(true, `${api}; miniflare 4 has no ListMultipartUploads`),
  listRows: guessed({ default: 1000, max: 1000 }, 'as AWS, not confirmed'),
  overwriteGuard: guessed('none', `${api} lists no condition on Complete; miniflare 4 overwrites silently`),
  storageClasses: documented(['STANDARD', 'STANDARD_IA'], api),
  takesTags: documented(false, api),
  takesAcl: documented(false, api),
  takesEncryption: documented([], `${api}: keys of the customer only`),
  takesSessionToken: documented(true, `${docs}/api/s3/temporary-credentials.mdx @1801a42`),
  uploadExpiryDays: documented(7, `${multipart}: unless the bucket has a rule of its own`),
  comparesContentMd5: guessed(true, 'as AWS, not confirmed'),
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
