import { memoryStore } from '../../functions/adapters/memory/store.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { conformsAsCopier } from './store/server-copy.ts';
import { conformsAsStore } from './store/store.ts';
import { ROWS_A_PAGE } from './store/under-test.ts';

const store = memoryStore({ ...profiles.aws, ...ROWS_A_PAGE }, ['bucket']);

const connect = async () => ({
  store,
  bucket: 'bucket',
  lists: true,
  source: (key: string) => store.source({ bucket: 'bucket', key }),
});

conformsAsStore('The store in memory', connect);
conformsAsCopier('The store in memory', connect);
