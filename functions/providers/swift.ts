import { documented, guessed, measured, type ProviderFacts } from '../transfer/provider.ts';
import { GiB, KiB, MiB, TiB } from '../transfer/values/sizes.ts';

const manual = 'https://docs.openstack.org/swift/latest/s3_compat.html';
const suite = 'test/conformance, Swift 2.30.1 with s3api';
const neighbours = 'as AWS, not confirmed';

/**
 * Swift takes a part also after Complete, and its object is made of the parts as they are now. So a late part with other
 * bytes makes the object unreadable (409 BrokenMPU, measured as below). A copy always sends the same bytes, since its
 * source is pinned. A client of a push could send others for as long as its URLs live, which is 15 minutes.
 */
export const swift: ProviderFacts = {
  name: 'swift',
  title: 'OpenStack Swift with s3api',
  endpoint: guessed('your own', 'Swift runs where you run it'),
  signingRegion: measured('us-east-1, unless s3api says otherwise', suite),
  addressing: measured('path', suite),
  tls: measured('optional', suite),
  takesOperationName: measured(true, suite),
  part: {
    partBytesMin: documented(5 * MiB, manual),
    partBytesMax: documented(
      5 * GiB,
      'https://docs.openstack.org/swift/latest/config/swift_common_config.html max_file_size',
    ),
    // The operator may raise max_upload_part_num to 10,000, but we cannot see that from outside.
    partCountMax: documented(
      1000,
      'https://docs.openstack.org/swift/latest/config/proxy_server_config.html max_upload_part_num',
    ),
    objectBytesMax: guessed(5 * TiB, neighbours),
    singleRequestBytesMax: documented(
      5 * GiB,
      'https://docs.openstack.org/swift/latest/config/swift_common_config.html max_file_size',
    ),
  },
  partsAreEqual: measured(false, suite),
  copyObjectBytesMax: guessed(5 * GiB, neighbours),
  // If the source was made of parts, Swift does not know the ETag that it shows, and answers 412. Such sources are
  // streamed.
  copiesParts: measured(true, `${suite}: it obeys the condition on the source`),
  partEtag: measured('md5', suite),
  objectEtag: measured('md5-of-md5s', suite),
  checksumHeaders: guessed('unknown', 'trailers are refused; headers were not tried'),
  partChecksum: measured('none', `${suite}: trailers break the connection`),
  ownChecksum: measured('none', suite),
  listsParts: measured(true, suite),
  listsUploads: measured(true, suite),
  listRows: guessed({ default: 1000, max: 1000 }, neighbours),
  overwriteGuard: measured('none', `${suite}: PutObject with a condition answers 501`),
  storageClasses: measured(['STANDARD'], suite),
  archiveClasses: measured([], `${suite}: STANDARD is read back`),
  // Swift itself allows 4 KiB. The file systems below it, for instance ext4, do not always have room for that.
  metadataBytesMax: measured(2 * KiB, `${suite}: 3.5 KiB are answered with 503`),
  metadataEntries: measured(
    { countMax: 90, nameBytesMax: 128, valueBytesMax: 256 },
    `${suite}: more is answered with 500; openstack/swift swift/common/constraints.py`,
  ),
  takesTags: measured(false, `${suite}: 501`),
  cannedAcls: measured(
    ['private', 'public-read', 'public-read-write', 'bucket-owner-read', 'bucket-owner-full-control'],
    `${suite}, s3_acl off: authenticated-read answers 501, aws-exec-read 400`,
  ),
  takesEncryption: measured([], `${suite}: 501`),
  takesSessionToken: measured(
    true,
    'test/providers, Swift 2.30.1 with s3api: it takes a token, and does not look at it',
  ),
  corsRules: measured(
    {
      form: 'none',
      takesStar: true,
      how: 'proxy-server.conf of Swift: cors_preflight_allow_origin = <origin> in [filter:s3api], and cors_allow_origin = <origin> in [app:proxy-server]',
    },
    'test/providers/cors.test.ts, Swift 2.30: PutBucketCors answers 501',
  ),
  uploadExpiryDays: guessed('never', neighbours),
  comparesContentMd5: measured(true, suite),
  throttles: guessed(['503 SlowDown'], neighbours),
  takesKeysBeyondXml: measured(
    false,
    'test/providers/odd-values.test.ts, Swift 2.30.1: Create answers 500 and keeps the upload, and the list of uploads then answers 500',
  ),
  errorCodes: measured(
    { BrokenMPU: 'Damaged' },
    'test/providers, Swift 2.30.1 with s3api: 409, once a damaged part of an object was read',
  ),
};
