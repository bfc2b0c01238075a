import type { ProviderProfile } from '../transfer/provider.ts';
import { GiB, MiB, TiB } from '../transfer/sizes.ts';

export const ceph = {
  name: 'ceph',
  title: 'Ceph RADOS Gateway',
  addressing: 'path',
  // rgw_max_put_size is 5 GiB and rgw_multipart_part_upload_limit 10,000 by default.
  // https://docs.ceph.com/en/latest/radosgw/config-ref/
  part: {
    partBytesMin: 5 * MiB,
    partBytesMax: 5 * GiB,
    partCountMax: 10_000,
    objectBytesMax: 5 * TiB,
    singleRequestBytesMax: 5 * GiB,
  },
  partEtag: 'md5',
  objectEtag: 'md5-of-md5s',
  listsParts: true,
  listsUploads: true,
  // Release 16.2 overwrites silently when Complete carries If-None-Match: seen by test/conformance on the real server.
  guardsOverwrite: false,
} as const satisfies ProviderProfile;
