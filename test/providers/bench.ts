import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { S3Client } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Credentials, s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import { startStore } from '../../tools/store/server.ts';
import { type Behind, behindOf } from './behind.ts';
import { type ProviderProxy, startProxy } from './proxy.ts';
import { rotAt } from './rot.ts';
import type { Lacks, Temper } from './tempers/temper.ts';
import { signedAnew, type Upstream } from './upstream.ts';

export const BUCKET = 'providers';
export const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };

/** One provider: its profile, and a store behind a proxy. `behind` reaches the store without the proxy. */
export type Bench = {
  /** The name of its column in the table. */
  readonly name: string;
  readonly temper: Temper;
  readonly profile: ProviderProfile;
  readonly proxy: ProviderProxy;
  readonly behind: Behind;
  readonly lacks: Lacks;
  /** The client that the adapters use. It addresses buckets as the profile says, unless a case wants another way. */
  client(changes?: Changes): S3Client;
  close(): Promise<void>;
};

type Changes = {
  readonly profile?: Partial<ProviderProfile>;
  readonly keys?: Partial<Credentials>;
  readonly region?: string;
};

/** The embedded store with the provider's temper. */
export async function openBench(temper: Temper): Promise<Bench> {
  const { limits, region, lacks = {}, checksumByDefault = false } = temper;
  const directory = mkdtempSync(join(tmpdir(), 'partway-providers-'));
  const base = { directory, port: 0, ...keys, region, buckets: [BUCKET] };
  const store = await startStore({ ...base, partBytesMin: limits.partBytesMin, checksumByDefault });
  const facts = { name: 'b', provider: 'aws', url: store.url, region, secretArn: undefined, allow: [BUCKET] };
  const past = s3Client(facts, profiles.aws, keys);
  const rot = (key: string, offset: number) => rotAt(directory, BUCKET, key, offset);
  return benchBefore({
    name: temper.name,
    temper,
    keys,
    lacks,
    behind: behindOf(past, BUCKET, { rot }),
    upstream: signedAnew({ url: store.url, region, keys, anyRegion: lacks.regions !== undefined }),
    close: async () => {
      await store.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  });
}

type Parts = Pick<Bench, 'name' | 'temper' | 'lacks' | 'behind' | 'close'> & {
  readonly keys: Credentials;
  readonly upstream: Upstream;
};

/** Puts the proxy before any store. Closing the bench first closes the proxy, then the store. */
export async function benchBefore({ upstream, keys, close, ...parts }: Parts): Promise<Bench> {
  const { temper, behind } = parts;
  const found = (profiles as Readonly<Record<string, ProviderProfile>>)[temper.name];
  if (!found) throw new Error(`There is no profile "${temper.name}".`);
  // Every endpoint that is not AWS itself has no part checksums. test/faults tests those.
  const profile = { ...found, partChecksum: 'none' } as const;
  const bytesAt = async (key: string) => (await behind.head(key))?.ContentLength;
  const proxy = await startProxy({ temper, upstream, bytesAt });
  const url = `http://${upstream.host}:${proxy.port}${upstream.path}`;
  const clients = [behind.client];
  return {
    ...parts,
    profile,
    proxy,
    client: (changes = {}) => {
      const known = { ...profile, ...changes.profile };
      const region = changes.region ?? temper.region;
      const facts = { name: 'b', provider: profile.name, url, region, secretArn: undefined, allow: [BUCKET] };
      const client = atHome(s3Client(facts, known, { ...keys, ...changes.keys }), { keepAlive: true });
      clients.push(client);
      return client;
    },
    close: async () => {
      for (const each of clients) each.destroy();
      await proxy.close();
      await close();
    },
  };
}

/** Resolves every name to this computer, because no hosts file has the names of buckets before s3.localhost. */
const lookup: LookupFunction = (_name, options, found) => {
  if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};

export function atHome(client: S3Client, { keepAlive }: { readonly keepAlive: boolean }): S3Client {
  // Without this, the SDK would log every connection that a case has broken.
  client.config.logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  client.config.requestHandler = new NodeHttpHandler({ httpAgent: new Agent({ keepAlive, lookup }) });
  return client;
}
