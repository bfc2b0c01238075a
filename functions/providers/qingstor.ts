import { documented, guessed, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB } from '../transfer/values/sizes.ts';

const s3 = 'yunify/qingcloud-docs content/storage/object-storage/s3';
const api = 'yunify/qingcloud-docs content/storage/object-storage/api';

/**
 * QingStor has its own defaults for parameters that we leave out, not those of AWS. So we ask for every list with its
 * page size.
 */
export const qingstor: ProviderFacts = {
  name: 'qingstor',
  title: 'QingCloud QingStor',
  endpoint: documented('https://s3.<region>.qingstor.com', `${s3}: the region is the zone, such as pek3b`),
  signingRegion: documented('the zone', s3),
  addressing: documented('path', `${s3}: both ways work`),
  tls: guessed('optional', 'HTTPS works; we found no word about HTTP'),
  takesOperationName: guessed(true, 'we found nobody who says that it is refused'),
  part: {
    partBytesMin: documented(5 * MiB, `${api}: 4 MB; 5 MiB is enough for MB and for MiB, and S3 programs send it`),
    partBytesMax: documented(5 * GiB, api),
    // QingStor's page of limits says 10,000, and its table of errors says 1,000 (max_parts_exceeded). The smaller
    // number works in both cases.
    partCountMax: documented(1000, `${api}: 1,000 in the table of errors, 10,000 in the page of limits`),
    objectBytesMax: documented(1000 * 5 * GiB, `${api}: 50 TB, but 1,000 parts make no more than this`),
    singleRequestBytesMax: guessed(5 * GiB, 'as for a part, not confirmed'),
  },
  partsAreEqual: documented(false, api),
  copyObjectBytesMax: guessed(0, 'we found no limit, so Partway does not use CopyObject'),
  copiesParts: documented(true, `${s3}: within one zone`),
  partEtag: documented('md5', api),
  objectEtag: documented('opaque', `${api}: none is computed for multipart objects`),
  checksumHeaders: guessed('unknown', `not in the list of headers of ${s3}`),
  partChecksum: guessed('none', `not in the list of headers of ${s3}`),
  ownChecksum: guessed('none', `we found none in ${api}`),
  listsParts: documented(true, s3),
  listsUploads: documented(false, `${s3}: not in the list of operations`),
  listRows: documented({ default: 200, max: 1000 }, `${s3}: a parameter that is left out takes the native default`),
  overwriteGuard: guessed('none', `${s3} does not say`),
  storageClasses: documented('none', `${s3}: x-amz-storage-class is not supported`),
  archiveClasses: documented([], `${s3}: requests cannot name a class`),
  metadataBytesMax: documented(2 * KiB, api),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: guessed(false, `${s3} does not say`),
  cannedAcls: documented([], `${s3}: x-amz-acl is not supported`),
  takesEncryption: documented([], `${s3}: x-amz-server-side-encryption is not supported`),
  takesSessionToken: documented(false, `${s3}: x-amz-security-token is not supported`),
  corsRules: documented(
    { form: 'qingstor', takesStar: true, how: 'PUT /?cors of its own API with <file> as its body, or the console' },
    'docsv4.qingcloud.com "PUT CORS"',
  ),
  uploadExpiryDays: guessed('never', 'we found no expiry'),
  comparesContentMd5: documented(true, s3),
  throttles: guessed(['429 fetch_throttled', '503 service_unavailable'], `${api}: the native table`),
  errorCodes: guessed(
    {
      invalid_access_key_id: 'Refused',
      signature_not_matched: 'Refused',
      permission_denied: 'Refused',
      delinquent_account: 'Refused',
      request_expired: 'ClockSkewed',
      bucket_not_exists: 'NoSuchBucket',
      upload_not_exists: 'UploadLost',
      fetch_throttled: 'Throttled',
      service_unavailable: 'Throttled',
      internal_error: 'Unreachable',
      entity_too_small: 'InvalidRequest',
      max_parts_exceeded: 'InvalidRequest',
    },
    `${api}: the native table; whether the S3 endpoint answers so is not documented`,
  ),
  sdkStatuses: documented(
    [
      { when: 'success', told: 'status_code == 201', status: 201, name: 'copied' },
      { when: 'abort', told: 'status_code == 204', status: 204, name: 'aborted' },
      { when: 'missing bucket', told: '404 bucket_not_exists', status: 404, name: 'NoSuchBucket' },
      { when: 'wrong secret', told: '401 signature_not_matched', status: 401, name: 'Refused' },
      { when: 'wrong key', told: '401 invalid_access_key_id', status: 401, name: 'Refused' },
      { when: 'no answer', told: 'an exception', status: undefined, name: 'Unreachable' },
    ],
    `QingStor Python SDK, multipart upload; ${api}: table of errors`,
  ),
};
