import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import type { ObjectWrite } from '../../../functions/transfer/at-stores.ts';
import type { ProviderProfile } from '../../../functions/transfer/provider.ts';
import { cannedAcls } from '../../../functions/transfer/values/canned-acls.ts';
import { type Connect, put, uploaded, writeOf } from './under-test.ts';

export function carriesBeside(connect: Connect): void {
  it('takes beside the bytes what its profile says, in one request and in parts', async () => {
    const under = await connect();
    const more = asMuchAsItTakes(under.store.profile);
    await put(under, 'beside whole', randomBytes(10), more);
    const { uploadId, parts } = await uploaded(under, 'beside parts', [randomBytes(10)], more);
    await under.store.completeUpload(writeOf(under.bucket, 'beside parts'), uploadId, parts);
    for (const key of ['beside whole', 'beside parts']) {
      const facts = await under.source(key, { verify: true }).inspect();
      const found = [facts?.metadata, facts?.tags, facts?.encryption];
      expect(found).toEqual([more.metadata, more.tags, more.encryption?.type]);
    }
  });

  it('takes the canned ACLs of its profile, and no others where it takes any', async () => {
    const under = await connect();
    const known = under.store.profile.cannedAcls;
    if (known.length === 0) return;
    const { target } = writeOf(under.bucket, 'with an acl');
    for (const acl of cannedAcls) {
      const begun = under.store.beginUpload(writeOf(under.bucket, 'with an acl', { acl }));
      if (known.includes(acl)) await under.store.abortUpload(target, await begun);
      else await expect(begun, acl).rejects.toMatchObject({ name: 'InvalidRequest' });
    }
  });
}

function asMuchAsItTakes(profile: ProviderProfile): Partial<ObjectWrite> {
  const { takesTags, cannedAcls: acls, takesEncryption, metadataBytesMax } = profile;
  // In values of 256 bytes, the longest that Swift takes unless its operator allows more.
  const room = Math.floor((metadataBytesMax - 'partway-transfer'.length - 'abc'.length) / 260);
  const full = Object.fromEntries(Array.from({ length: room }, (_, index) => [`m${index + 100}`, 'x'.repeat(256)]));
  return {
    metadata: { 'partway-transfer': 'abc', ...full },
    tags: takesTags ? { project: 'a b', 'ü+': '=' } : undefined,
    acl: acls.find((acl) => acl === 'private'),
    encryption: takesEncryption.includes('AES256') ? { type: 'AES256' } : undefined,
  };
}
