import { memoryStore } from '../../functions/adapters/memory/store.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { conformsAsCopier } from './server-copy.ts';
import { conformsAsStore } from './target-store.ts';

const store = memoryStore(profiles.aws, ['bucket']);

const connect = async () => ({
  store,
  bucket: 'bucket',
  lists: true,
  source: (key: string) => store.source({ bucket: 'bucket', key }),
});

conformsAsStore('The store in memory', connect);
conformsAsCopier('The store in memory', connect);
