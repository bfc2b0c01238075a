import { memoryStore } from '../../functions/adapters/memory-store.ts';
import { aws } from '../../functions/providers/aws.ts';
import { conformsAsStore } from './target-store.ts';

const store = memoryStore(aws, ['bucket']);

conformsAsStore('The store in memory', async () => ({
  store,
  bucket: 'bucket',
  source: (key) => store.source({ bucket: 'bucket', key }),
}));
