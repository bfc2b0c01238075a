import { etagRules, limitRules, noHeaders, opaqueEtags, refusing, storageClasses, unsupported } from './rules.ts';
import { MiB, type Temper } from './temper.ts';

// UCloudDoc-Team/ufile s3/s3_introduction.md: parts have exactly 8 MiB, but for the last.
const PART_BYTES = 8 * MiB;
const COPY_BYTES_MAX = 100_000_000; // CopyObject takes 100 MB
const wrongSize = { status: 400, code: 'InvalidArgument', message: 'A part has exactly 8 MiB.' };

// STANDARD_IA is taken and stored as STANDARD. Refused here, so that a profile that offers it is found out.
const classes = [...['STANDARD', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'REDUCED_REDUNDANCY', 'GLACIER', 'DEEP_ARCHIVE']];

/** UCloud US3, as its own documents say. */
export const us3: Temper = {
  name: 'us3',
  region: 'cn-bj',
  limits: {
    partBytesMin: PART_BYTES,
    partBytesMax: PART_BYTES,
    partCountMax: 10_000,
    objectBytesMax: 10_000 * PART_BYTES,
    putBytesMax: 1_000_000_000, // PutObject takes 1 GB
  },
  rules: [
    // Only one part of an upload may be smaller, and none may come behind it.
    refusing(['UploadPart'], wrongSize, ({ bytes, partNumber, parts }) => {
      const others = [...parts].filter(([number]) => number !== partNumber);
      const isLast = others.every(([number]) => number < partNumber);
      return bytes > PART_BYTES || (bytes < PART_BYTES && !isLast) || others.some(isSmallBefore(partNumber));
    }),
    ...limitRules({ partBytesMin: 0, partBytesMax: PART_BYTES, partCountMax: 10_000, putBytesMax: 1_000_000_000 }),
    unsupported('UploadPartCopy', 'GetObjectTagging', 'PutObjectTagging'),
    {
      on: ['CopyObject'],
      refuse: async ({ sourceBytes }) =>
        ((await sourceBytes()) ?? 0) > COPY_BYTES_MAX ? { status: 400, code: 'EntityTooLarge' } : undefined,
    },
    // "S3 MD5 check not supported": it is not looked at.
    { on: '*', change: () => ({ headers: { 'content-md5': undefined } }) },
    // Undocumented; "ignored or rejected" is all that is known, and who passes the harder one passes both.
    noHeaders(/^x-amz-(checksum-|sdk-checksum|trailer|tagging$)/, { status: 400, code: 'InvalidArgument' }),
    // ACLs of objects: in some regions only.
    noHeaders(/^x-amz-(acl|grant-)/, { status: 400, code: 'InvalidArgument' }),
    storageClasses(classes, { status: 400, code: 'InvalidStorageClass', message: 'It would be stored as STANDARD.' }),
    etagRules(opaqueEtags('Ag')),
    // An answer to HEAD has no code: the status is all there is.
    { on: ['HeadBucket'], answer: (reply) => (reply.status === 404 ? { ...reply, status: 400 } : reply) },
  ],
  // The table of its Python SDK: 400 for a missing bucket, 403 for a key that is not known, 401 for a wrong signature.
  codes: {
    NoSuchBucket: { status: 400, code: 'NoSuchBucket' },
    InvalidAccessKeyId: { status: 403, code: 'InvalidAccessKeyId' },
    SignatureDoesNotMatch: { status: 401, code: 'SignatureDoesNotMatch' },
  },
  throttle: { status: 503, code: 'SlowDown' },
};

function isSmallBefore(partNumber: number) {
  return ([number, { bytes }]: [number, { bytes: number }]) => number < partNumber && bytes < PART_BYTES;
}
