import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Client } from '../../tools/start/stores.ts';
import { ensureBucket, putObject } from '../e2e/objects.ts';
import type { RealServerAddress } from '../servers/servers.ts';
import type { MortalStack } from './stack.ts';

/** A store as source and target. The two stores of the stack end with it; real servers do not. */
export type Store = {
  readonly name: string;
  readonly bucket: string;
  client(): Client;
  readonly sources: readonly SourceObject[];
};
export type SourceObject = { readonly key: string; readonly bytes: number; readonly sha256: string };

export const REAL_BUCKET = 'chaos';
// So small that it goes as one request, but large enough that a kill can hit it.
const SMALL_BYTES = 3 * MiB + 123;

export function settingsFor(servers: readonly RealServerAddress[]) {
  const endpoint = ({ name, ...facts }: RealServerAddress) =>
    [name, { provider: name, ...withoutFunctions(facts), allow: [REAL_BUCKET] }] as const;
  return { endpoints: Object.fromEntries(servers.map(endpoint)) };
}

/** Puts two large objects and a small one into each store. All differ, so that we notice parts that were mixed up. */
export async function prepareStores(
  stack: MortalStack,
  servers: readonly RealServerAddress[],
  bytes: number,
): Promise<ReadonlyMap<string, Store>> {
  const own = (['a', 'b'] as const).map((name) => ({ name, bucket: 'data', client: () => stack.store(name) }));
  const real = servers.map((server) => {
    const client = clientOf(server);
    return { name: server.name, bucket: REAL_BUCKET, client: () => client };
  });
  for (const { client, bucket } of real) await ensureBucket(client(), bucket);
  const stores = [...own, ...real].map(async (store): Promise<Store> => {
    const sizes = { large: bytes + 12_345, 'as large': bytes + 54_321, small: SMALL_BYTES };
    const sources: SourceObject[] = [];
    for (const [size, count] of Object.entries(sizes)) {
      const key = `${size} of ${store.name}`;
      sources.push({ key, bytes: count, sha256: await putObject(store.client(), store.bucket, key, count) });
    }
    return { ...store, sources };
  });
  return new Map((await Promise.all(stores)).map((store) => [store.name, store]));
}

export function clientOf({ name, url, region, ...keys }: RealServerAddress): Client {
  return s3Client({ name, provider: name, url, region, secretArn: undefined, allow: [] }, profiles[name], keys);
}

function withoutFunctions({ url, region, accessKeyId, secretAccessKey }: Omit<RealServerAddress, 'name'>) {
  return { url, region, accessKeyId, secretAccessKey };
}
