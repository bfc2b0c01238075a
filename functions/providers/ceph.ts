import { documented, guessed, measured, type ProviderFacts } from '../transfer/provider.ts';
import { awsCors } from '../transfer/values/cors-rules.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const settings = 'https://docs.ceph.com/en/latest/radosgw/config-ref/';
const suite = 'test/conformance, Ceph 16.2.15';
const neighbours = 'as AWS, not confirmed';

export const ceph: ProviderFacts = {
  name: 'ceph',
  title: 'Ceph RADOS Gateway',
  endpoint: guessed('your own', 'Ceph runs where you run it'),
  signingRegion: measured(
    'us-east-1, unless its zonegroup says otherwise; any other is taken as well',
    `${suite}; test/providers`,
  ),
  addressing: measured('path', suite),
  tls: measured('optional', suite),
  takesOperationName: measured(true, suite),
  part: {
    partBytesMin: documented(5 * MiB, `${settings} rgw_multipart_min_part_size`),
    partBytesMax: documented(5 * GiB, `${settings} rgw_max_put_size`),
    partCountMax: documented(10_000, `${settings} rgw_multipart_part_upload_limit`),
    objectBytesMax: guessed(5 * TiB, neighbours),
    singleRequestBytesMax: documented(5 * GiB, `${settings} rgw_max_put_size`),
  },
  partsAreEqual: measured(false, suite),
  // It ignores x-amz-copy-source-if-match, so nobody would notice a source that changes in the middle.
  copyObjectBytesMax: measured(0, `${suite}: the condition on the source is ignored, so CopyObject is not used`),
  copiesParts: measured(false, `${suite}: the condition on the source is ignored`),
  partEtag: measured('md5', suite),
  objectEtag: measured('md5-of-md5s', suite),
  checksumHeaders: guessed('unknown', 'recent releases take some of them'),
  partChecksum: measured('none', `${suite}: trailers break the connection`),
  ownChecksum: measured('none', suite),
  listsParts: measured(true, suite),
  listsUploads: measured(true, suite),
  listRows: documented({ default: 1000, max: 1000 }, 'https://docs.ceph.com/en/latest/radosgw/s3/objectops/'),
  overwriteGuard: measured('none', `${suite}: Complete with If-None-Match overwrites silently`),
  storageClasses: measured(['STANDARD'], `${suite}: others only where the operator has defined them`),
  archiveClasses: measured([], `${suite}: STANDARD is read back`),
  metadataBytesMax: measured(8 * KiB, `${suite}: we did not try more`),
  metadataEntries: guessed({}, 'we found no limit for a single entry'),
  takesTags: measured(false, `${suite}: the tagging header on CreateMultipartUpload is lost`),
  cannedAcls: measured(
    [
      'private',
      'public-read',
      'public-read-write',
      'authenticated-read',
      'bucket-owner-read',
      'bucket-owner-full-control',
    ],
    `${suite}: aws-exec-read answers 400`,
  ),
  takesEncryption: measured([], `${suite}: refused without a key service`),
  takesSessionToken: documented(true, 'https://docs.ceph.com/en/latest/radosgw/STS/'),
  corsRules: measured(awsCors, 'test/providers/cors.test.ts, Ceph 16.2.15'),
  uploadExpiryDays: documented('never', 'https://docs.ceph.com/en/latest/radosgw/s3/'),
  comparesContentMd5: measured(true, suite),
  throttles: guessed(['503 SlowDown'], neighbours),
  errorCodes: measured({}, suite),
};
