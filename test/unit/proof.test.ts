import { describe, expect, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { proofOf } from '../../functions/transfer/proof.ts';

const { aws, oss, ceph, us3 } = profiles;
const plain = { ...aws, partChecksum: 'none' } as const; // a store that imitates AWS
const crc64nvme = '0000000000000001';
const nothing = { kind: 'length', md5: false, crcs: [], uploadChecksum: undefined };

describe('The proof of a copy', () => {
  it.each([
    [
      'costs nothing if both sides publish the same CRC',
      plain,
      { crcs: { crc64nvme } },
      { ...nothing, kind: 'published' },
    ],
    ['is the CRC that the target publishes', plain, {}, { ...nothing, kind: 'own', crcs: ['crc64nvme'] }],
    [
      'is the CRC that the target publishes, and those of the source',
      oss,
      { crcs: { crc64nvme } },
      { ...nothing, kind: 'own', crcs: ['crc64ecma', 'crc64nvme'] },
    ],
    ['is a CRC32 that the target checks', aws, {}, { ...nothing, kind: 'checked', uploadChecksum: 'crc32' }],
    [
      'is a CRC32 that the target checks, and the CRC of the source',
      aws,
      { crcs: { crc64ecma: crc64nvme } },
      { ...nothing, kind: 'checked', crcs: ['crc64ecma'], uploadChecksum: 'crc32' },
    ],
    [
      'is the CRC of the source, if the target checks it',
      aws,
      { crcs: { crc32c: '00000001' } },
      { ...nothing, kind: 'checked', crcs: ['crc32c'], uploadChecksum: 'crc32c' },
    ],
    ['is an MD5 only if the ETag is all there is', ceph, {}, { ...nothing, kind: 'md5', md5: true }],
    [
      'is an MD5, and the CRC of the source',
      ceph,
      { crcs: { crc64nvme } },
      { ...nothing, kind: 'md5', md5: true, crcs: ['crc64nvme'] },
    ],
    ['is the length if the target says nothing', us3, {}, nothing],
  ] as const)('%s', (_, profile, source, proof) => {
    expect(proofOf({ profile, source, checksum: 'auto' })).toEqual(proof);
  });

  it('has an MD5 if the request asks for it, and none if the request does not want it', () => {
    expect(proofOf({ profile: plain, source: { crcs: { crc64nvme } }, checksum: 'md5' })).toMatchObject({
      md5: true,
      crcs: ['crc64nvme'],
    });
    expect(proofOf({ profile: ceph, source: {}, checksum: 'crc32' })).toEqual(nothing);
  });

  it('is an MD5 of the parts that we send if other parts came from another program, and if a client sends them', () => {
    for (const more of [{ isAdopted: true }, { isPush: true }])
      expect(proofOf({ profile: plain, source: {}, checksum: 'auto', ...more })).toMatchObject({
        kind: 'md5',
        md5: true,
      });
    expect(proofOf({ profile: aws, source: {}, checksum: 'auto', isAdopted: true }).uploadChecksum).toBeUndefined();
  });
});
