import { describe, inject, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { storeAt } from './s3-store.ts';
import { conformsAsStore, type StoreUnderTest } from './target-store.ts';

const { servers, missing } = inject('realServers');

for (const { name, because } of missing)
  describe.skip(`${name} is not tested here: ${because}`, () => it('', () => {}));

for (const server of servers) {
  let connected: Promise<StoreUnderTest> | undefined;
  conformsAsStore(server.name, () => {
    connected ??= storeAt(profiles[server.name], server, server.buckets?.[0]);
    return connected;
  });
}
