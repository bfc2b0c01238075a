import { describe, inject, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { storeAt } from './s3-store.ts';
import { conformsAsCopier } from './server-copy.ts';
import { conformsAsStore, type StoreUnderTest } from './target-store.ts';

const { servers, missingBecause } = inject('realServers');

if (missingBecause !== undefined)
  describe.skip(`Ceph and Swift are not tested here: ${missingBecause}`, () => it('', () => {}));

for (const server of servers) {
  let connected: Promise<StoreUnderTest> | undefined;
  const connect = () => {
    connected ??= storeAt(profiles[server.name], server);
    return connected;
  };
  conformsAsStore(server.name, connect);
  conformsAsCopier(server.name, connect);
}
