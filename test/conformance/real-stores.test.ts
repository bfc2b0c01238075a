import { describe, inject, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { storeAt } from './s3-store.ts';
import { conformsAsCopier } from './server-copy.ts';
import { conformsAsStore, type StoreUnderTest } from './target-store.ts';

const { servers, missing } = inject('realServers');

for (const { name, because } of missing)
  describe.skip(`${name} is not tested here: ${because}`, () => it('', () => {}));

for (const server of servers) {
  let connected: Promise<StoreUnderTest> | undefined;
  const connect = () => {
    connected ??= storeAt(profiles[server.name], server, server.buckets?.[0]);
    return connected;
  };
  conformsAsStore(server.name, connect);
  conformsAsCopier(server.name, connect);
}
