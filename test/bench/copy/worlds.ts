import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import tls from 'node:tls';
import { startStoreProcess } from '../../../tools/local/store-process.ts';
import { key, selfSigned } from '../../adapters/certificates.ts';
import { type StackProcess, startStackProcess } from '../../e2e/stack-process.ts';
import { startServer } from '../../servers/servers.ts';
import { type Side, sideOf } from './sides.ts';

/** Two stores to copy between, and why this pair is measured. */
export type World = { readonly name: WorldName; readonly why: string; readonly source: Side; readonly target: Side };

export const worldNames = ['null', 'null-tls', 'embedded', 'embedded-md5', 'real'] as const;
type WorldName = (typeof worldNames)[number];

export type Worlds = { readonly worlds: readonly World[]; readonly stack: StackProcess; stop(): Promise<void> };

const keys = { accessKeyId: 'benchkey', secretAccessKey: 'benchsecret', region: 'us-east-1' };
const side = (name: string, provider: string, url: string): Side => ({ name, provider, url, ...keys, bucket: 'bench' });

type Started = { readonly worlds: readonly World[]; stop(): Promise<unknown> };

/** Starts the stores that are wanted, and one stack that knows them all. */
export async function startWorlds(folder: string, wanted: readonly WorldName[]): Promise<Worlds> {
  const certificate = trustOurCertificate(folder);
  const started: Started[] = [];
  if (wanted.includes('null')) started.push(await startNulls('null', 'stores without bytes: the floor', []));
  if (wanted.includes('null-tls')) started.push(await startNulls('null-tls', 'the same over TLS', certificate));
  if (wanted.some((name) => name.startsWith('embedded'))) started.push(await startEmbedded(folder));
  if (wanted.includes('real')) started.push(await startReal(folder));
  const worlds = started.flatMap((each) => each.worlds).filter(({ name }) => wanted.includes(name));
  const sides = worlds.flatMap(({ source, target }) => [source, target]);
  const stack = await startStackProcess(join(folder, 'home'), { endpoints: Object.fromEntries(sides.map(endpointOf)) });
  const stop = async () => {
    await stack.stop();
    await Promise.all(started.map((each) => each.stop()));
  };
  return { worlds, stack, stop };
}

async function startNulls(name: WorldName, why: string, words: readonly string[]): Promise<Started> {
  const stores = await Promise.all(['a', 'b'].map(() => startNullStore(words)));
  const [source, target] = stores.map(({ url }, index) => ({
    ...side(`${name}-${index}`, 'ceph', url),
    isNull: true,
  })) as [Side, Side];
  return { worlds: [{ name, why, source, target }], stop: async () => stores.map(({ child }) => child.kill()) };
}

/** One pair of stores, used in two ways. */
async function startEmbedded(folder: string): Promise<Started> {
  const options = (name: string) => ({ directory: join(folder, name), port: 0, ...keys, buckets: ['bench'] });
  const [a, b] = [await startStoreProcess(options('a')), await startStoreProcess(options('b'))];
  const pair = (provider: string) => ({
    source: side(`like-${provider}-a`, provider, a.url),
    target: side(`like-${provider}-b`, provider, b.url),
  });
  const worlds: World[] = [
    { name: 'embedded', why: 'both publish a CRC-64/NVME', ...pair('aws') },
    { name: 'embedded-md5', why: 'the target is used as one that publishes only MD5s', ...pair('ceph') },
  ];
  return { worlds, stop: () => Promise.all([a.stop(), b.stop()]) };
}

async function startReal(folder: string): Promise<Started> {
  const [ceph, swift] = [await startServer('ceph', folder), await startServer('swift', folder)];
  const world = {
    name: 'real',
    why: 'from Ceph 16.2 to Swift 2.30',
    source: sideOf(ceph),
    target: sideOf(swift),
  } as const;
  return { worlds: [world], stop: () => Promise.all([ceph.stop(), swift.stop()]) };
}

/** All programs of the run trust the certificate of the null stores. */
function trustOurCertificate(folder: string): [string, string] {
  const paths: [string, string] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  writeFileSync(paths[0], selfSigned);
  writeFileSync(paths[1], key);
  process.env.NODE_EXTRA_CA_CERTS = paths[0];
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), selfSigned]);
  return paths;
}

async function startNullStore(words: readonly string[]): Promise<{ url: string; child: ChildProcess }> {
  const program = join(import.meta.dirname, 'null-store.ts');
  const child = spawn(process.execPath, [program, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [url] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { url, child };
}

function endpointOf({ name, provider, url, region, accessKeyId, secretAccessKey, bucket }: Side) {
  return [name, { provider, url, region, accessKeyId, secretAccessKey, allow: [bucket] }] as const;
}
