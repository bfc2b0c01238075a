import { describe, inject, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { storeAt } from './s3-store.ts';
import { conformsAsStore, type StoreUnderTest } from './target-store.ts';

const { servers, missingBecause } = inject('realServers');

if (missingBecause !== undefined)
  describe.skip(`Ceph and Swift are not tested here: ${missingBecause}`, () => it('', () => {}));

for (const server of servers) {
  let connected: Promise<StoreUnderTest> | undefined;
  conformsAsStore(server.name, () => {
    connected ??= storeAt(profiles[server.name], server);
    return connected;
  });
}
