import {
  etagRules,
  limitRules,
  noHeaders,
  opaqueEtags,
  overwritesSilently,
  ownCrc32c,
  refusing,
  storageClasses,
  unsupported,
} from './rules.ts';
import { GiB, MiB, type Temper, TiB } from './temper.ts';

const limits = { partBytesMin: 5 * MiB, partBytesMax: 5 * GiB, partCountMax: 10_000, objectBytesMax: 5 * TiB };

/** Google Cloud Storage, its XML API, as its documents describe it. */
export const gcs: Temper = {
  name: 'gcs',
  region: 'auto',
  limits,
  rules: [
    unsupported('UploadPartCopy'),
    // Google's front end changes accept-encoding and does not sign x-id. So a signature over either is wrong.
    refusing('*', { status: 403, code: 'SignatureDoesNotMatch' }, ({ query, headers }) => {
      return query['x-id'] !== undefined || /SignedHeaders=[^,]*accept-encoding/.test(headers.authorization ?? '');
    }),
    ...limitRules(limits),
    storageClasses(['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'], { status: 400, code: 'InvalidArgument' }),
    noHeaders(/^x-amz-(checksum-|sdk-checksum|trailer)/, { status: 400, code: 'InvalidArgument' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    etagRules(opaqueEtags('CJ')),
    // A multipart object has this CRC32C and no MD5: cloud.google.com/storage/docs/xml-api/reference-headers
    ownCrc32c('x-goog-hash'),
  ],
  throttle: { status: 429, code: 'SlowDown' },
};
