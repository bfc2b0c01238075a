import { etagRules, limitRules, noHeaders, opaqueEtags, refusing, storageClasses, unsupported } from './rules.ts';
import { MiB, type Temper } from './temper.ts';

// All parts but the last have exactly 8 MiB: UCloudDoc-Team/ufile s3/s3_introduction.md
const PART_BYTES = 8 * MiB;
const COPY_BYTES_MAX = 100_000_000; // CopyObject takes 100 MB
const wrongSize = { status: 400, code: 'InvalidArgument', message: 'A part has exactly 8 MiB.' };

// US3 accepts STANDARD_IA and stores it as STANDARD. It is refused here, so that a profile that offers it fails a test.
const classes = [...['STANDARD', 'ONEZONE_IA', 'INTELLIGENT_TIERING', 'REDUCED_REDUNDANCY', 'GLACIER', 'DEEP_ARCHIVE']];

/** UCloud US3, as its documents describe it. */
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
    // Only one part of an upload may be smaller, and no part may come after it.
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
    // US3 ignores Content-MD5: its documents say "S3 MD5 check not supported".
    { on: '*', change: () => ({ headers: { 'content-md5': undefined } }) },
    // The documents say only "ignored or rejected". A client that can live with a refusal can live with both.
    noHeaders(/^x-amz-(checksum-|sdk-checksum|trailer|tagging$)/, { status: 400, code: 'InvalidArgument' }),
    // Objects have ACLs only in some regions.
    noHeaders(/^x-amz-(acl|grant-)/, { status: 400, code: 'InvalidArgument' }),
    storageClasses(classes, { status: 400, code: 'InvalidStorageClass', message: 'It would be stored as STANDARD.' }),
    etagRules(opaqueEtags('Ag')),
    // The answer to a HEAD has no code, only a status.
    { on: ['HeadBucket'], answer: (reply) => (reply.status === 404 ? { ...reply, status: 400 } : reply) },
  ],
  // From the table in its Python SDK: 400 for a missing bucket, 403 for an unknown key, 401 for a wrong signature.
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
