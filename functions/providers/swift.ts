import type { ProviderProfile } from '../transfer/provider.ts';
import { GiB, MiB, TiB } from '../transfer/sizes.ts';

export const swift = {
  name: 'swift',
  title: 'OpenStack Swift with s3api',
  addressing: 'path',
  // max_file_size is 5 GiB by default, max_upload_part_num 1,000 unless the operator raises it to 10,000 as most do.
  // https://docs.openstack.org/swift/latest/s3_compat.html
  part: {
    partBytesMin: 5 * MiB,
    partBytesMax: 5 * GiB,
    partCountMax: 1000,
    objectBytesMax: 5 * TiB,
    singleRequestBytesMax: 5 * GiB,
  },
  partEtag: 'md5',
  objectEtag: 'md5-of-md5s',
  listsParts: true,
  listsUploads: true,
  // PutObject with a condition answers 501, so nothing is promised.
  guardsOverwrite: false,
} as const satisfies ProviderProfile;
