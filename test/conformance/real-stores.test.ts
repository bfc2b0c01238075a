import { describe, inject, it } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { storeAt } from './s3-store.ts';
import { conformsAsCopier } from './store/server-copy.ts';
import { conformsAsStore } from './store/store.ts';
import { ROWS_A_PAGE, type StoreUnderTest } from './store/under-test.ts';

const { servers, missing } = inject('realServers');

for (const { name, because } of missing)
  describe.skip(`${name} is not tested here: ${because}`, () => it('', () => {}));

for (const server of servers) {
  let connected: Promise<StoreUnderTest> | undefined;
  const connect = () => {
    connected ??= storeAt({ ...profiles[server.name], ...ROWS_A_PAGE }, server, server.buckets?.[0]);
    return connected;
  };
  conformsAsStore(server.name, connect);
  conformsAsCopier(server.name, connect);
}
