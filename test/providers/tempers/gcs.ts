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

/** Google Cloud Storage, its XML API, as its own documents say. */
export const gcs: Temper = {
  name: 'gcs',
  region: 'auto',
  limits,
  rules: [
    unsupported('UploadPartCopy'),
    // Its front end changes one and does not count the other, so that whoever signs them signs something else.
    refusing('*', { status: 403, code: 'SignatureDoesNotMatch' }, ({ query, headers }) => {
      return query['x-id'] !== undefined || /SignedHeaders=[^,]*accept-encoding/.test(headers.authorization ?? '');
    }),
    ...limitRules(limits),
    storageClasses(['STANDARD', 'NEARLINE', 'COLDLINE', 'ARCHIVE'], { status: 400, code: 'InvalidArgument' }),
    noHeaders(/^x-amz-(checksum-|sdk-checksum|trailer)/, { status: 400, code: 'InvalidArgument' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    etagRules(opaqueEtags('CJ')),
    // cloud.google.com/storage/docs/xml-api/reference-headers: beside the MD5, which a multipart object does not have.
    ownCrc32c('x-goog-hash'),
  ],
  throttle: { status: 429, code: 'SlowDown' },
};
