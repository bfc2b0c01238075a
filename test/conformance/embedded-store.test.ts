import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { profiles } from '../../functions/providers/profiles.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';
import { storeAt } from './s3-store.ts';
import { conformsAsCopier } from './store/server-copy.ts';
import { conformsAsStore } from './store/store.ts';
import { ROWS_A_PAGE, type StoreUnderTest } from './store/under-test.ts';

const keys = { accessKeyId: 'key', secretAccessKey: 'secret', region: 'us-east-1' };
let server: RunningStore;
let connected: Promise<StoreUnderTest> | undefined;

beforeAll(async () => {
  server = await startStore({
    directory: mkdtempSync(join(tmpdir(), 'partway-store-')),
    port: 0,
    ...keys,
    buckets: [],
  });
});
afterAll(() => server.close());

const connect = () => {
  connected ??= storeAt({ ...profiles.aws, ...ROWS_A_PAGE }, { url: server.url, ...keys });
  return connected;
};

conformsAsStore('The store on this computer', connect);
conformsAsCopier('The store on this computer', connect);
