import { memoryStore } from '../../functions/adapters/memory-store.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { conformsAsStore } from './target-store.ts';

const store = memoryStore(profiles.aws, ['bucket']);

conformsAsStore('The store in memory', async () => ({
  store,
  bucket: 'bucket',
  lists: true,
  source: (key) => store.source({ bucket: 'bucket', key }),
}));
