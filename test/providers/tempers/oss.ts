import {
  cannedAcls,
  etagRules,
  forbidsOverwrite,
  limitRules,
  noChunkedBodies,
  noHeaders,
  otherMd5OfMd5s,
  overwritesSilently,
  ownCrc64,
  storageClasses,
  unsupported,
  virtualHostOnly,
} from './rules.ts';
import { GiB, KiB, type Temper } from './temper.ts';

const limits = {
  partBytesMin: 100 * KiB,
  partBytesMax: 5 * GiB,
  partCountMax: 10_000,
  objectBytesMax: 10_000 * 5 * GiB,
  putBytesMax: 5 * GiB,
};

/** Alibaba Cloud OSS, its S3 endpoint, as its documents describe it. */
export const oss: Temper = {
  name: 'oss',
  region: 'cn-hangzhou',
  limits,
  rules: [
    virtualHostOnly({ status: 403, code: 'SecondLevelDomainForbidden' }),
    noChunkedBodies({ status: 400, code: 'InvalidArgument', message: 'EC 0017-00000804' }),
    ...limitRules(limits),
    unsupported('ListMultipartUploads', 'GetObjectTagging', 'PutObjectTagging'),
    cannedAcls(['private', 'public-read', 'public-read-write'], { status: 400, code: 'InvalidArgument' }),
    // Neither header is in OSS's list of S3 headers, which does not say whether OSS refuses or ignores them.
    noHeaders(/^x-amz-(tagging|server-side-encryption)/, { status: 400, code: 'InvalidArgument' }),
    storageClasses(['STANDARD', 'STANDARD_IA', 'GLACIER'], { status: 400, code: 'InvalidArgument' }),
    forbidsOverwrite('x-oss-forbid-overwrite', { status: 409, code: 'FileAlreadyExists' }),
    overwritesSilently('PutObject', 'CompleteMultipartUpload'),
    // OSS writes ETags in capitals. The ETag of a multipart object is no MD5 of MD5s, and ends with "-" and a count.
    etagRules({
      shown: (etag) => otherMd5OfMd5s(etag).toUpperCase(),
      meant: (etag) => otherMd5OfMd5s(etag).toLowerCase(),
    }),
    ownCrc64('x-oss-hash-crc64ecma'),
  ],
  throttle: { status: 503, code: 'UploadTrafficRateLimitExceeded' },
};
