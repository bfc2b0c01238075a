import type { ProviderProfile } from '../transfer/provider.ts';
import { GiB, MiB } from '../transfer/sizes.ts';

/** Also the profile for stores that answer as AWS documents, the one on this computer among them. */
export const aws = {
  name: 'aws',
  title: 'AWS S3',
  addressing: 'virtual-host',
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
  part: {
    partBytesMin: 5 * MiB,
    partBytesMax: 5 * GiB,
    partCountMax: 10_000,
    objectBytesMax: 10_000 * 5 * GiB,
    singleRequestBytesMax: 5 * GiB,
  },
  // True for plaintext and SSE-S3; under SSE-KMS and SSE-C the adapter sees the header and says otherwise.
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html
  partEtag: 'md5',
  objectEtag: 'md5-of-md5s',
  listsParts: true,
  listsUploads: true,
  // If-None-Match: * on PutObject and CompleteMultipartUpload.
  // https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
  guardsOverwrite: true,
} as const satisfies ProviderProfile;
