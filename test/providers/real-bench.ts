import { type S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { ensureBucket } from '../e2e/objects.ts';
import type { RealServerAddress, ServerName } from '../servers/servers.ts';
import { type Behind, behindOf } from './behind.ts';
import { atHome, type Bench, BUCKET, benchBefore } from './bench.ts';
import { inFiles, inRados, type RotWhere } from './real-rot.ts';
import { ceph } from './tempers/ceph.ts';
import { r2 } from './tempers/r2.ts';
import { swift } from './tempers/swift.ts';
import type { Lacks, Temper } from './tempers/temper.ts';
import { untouched } from './upstream.ts';

type Kind = {
  /** The name of its column, which differs from that of the temper. */
  readonly column: string;
  /** A host name of this computer that the server accepts. */
  readonly host: string;
  /** Its limits and how it throttles, because we cannot make a server show them. */
  readonly documented: Temper;
  readonly rot: RotWhere;
  readonly lacks: Lacks;
};

// So many random bytes occur at only one place.
const TELLING_BYTES = 64;

const kinds: Readonly<Record<ServerName, Kind>> = {
  ceph: {
    column: 'ceph-real',
    host: 's3.localhost',
    documented: ceph,
    rot: inRados,
    lacks: { ...ceph.lacks },
  },
  swift: {
    column: 'swift-real',
    host: 's3.localhost',
    documented: swift,
    rot: inFiles,
    lacks: {
      ...swift.lacks,
      tags: 's3api answers 501 to tags of objects',
      'damaged bytes': 'Swift gives a damaged part to its first reader only',
    },
  },
  r2: {
    column: 'r2-miniflare',
    host: 'localhost', // it answers others with 403 Invalid Host header
    documented: r2,
    rot: inFiles,
    lacks: {
      lists: 'the simulator answers 501 to both lists',
      regions: 'the simulator takes signatures for any region',
      'hosts of buckets': 'the simulator answers 403 to a bucket before its host name',
      tags: 'R2 answers 501 to tags of objects',
      'storage classes': 'the simulator answers 501 to STANDARD_IA',
      'session tokens': 'the simulator answers 400 to session tokens',
    },
  },
};

export const columnOf = (name: ServerName): string => kinds[name].column;
export const lacksOf = (name: ServerName): Lacks => kinds[name].lacks;

/** A real server behind a proxy that changes nothing by itself. The proxy keeps the ledger, and applies the rules of a case. */
export async function openRealBench({ name, url, region, buckets, ...address }: RealServerAddress): Promise<Bench> {
  const { column, host, documented, rot, lacks } = kinds[name];
  const keys = { accessKeyId: address.accessKeyId, secretAccessKey: address.secretAccessKey };
  const facts = { name: 'b', provider: name, url, region, secretArn: undefined, allow: [BUCKET] };
  const past = atHome(s3Client(facts, profiles[name], keys), { keepAlive: false });
  if (!buckets?.includes(BUCKET)) await ensureBucket(past, BUCKET);
  const behind: Behind = behindOf(past, BUCKET, {
    rot: async (key, offset) => {
      const bytes = await behind.get(key);
      if (!bytes) throw new Error(`There is no ${key}.`);
      await rot(address.home, key, bytes.subarray(offset, offset + TELLING_BYTES));
    },
  });
  const bench = await benchBefore({
    name: column,
    keys,
    lacks,
    temper: { name, region, limits: documented.limits, throttle: documented.throttle, rules: [] },
    behind,
    upstream: untouched(url, host),
    close: async () => {},
  });
  if (!lacks.lists) return bench;
  return { ...bench, behind: { ...bench.behind, openUploads: (key) => openUploads(bench, key) } };
}

/** The open uploads. If the server cannot list them, sends a part to each upload: one that has ended refuses it. */
async function openUploads({ proxy, behind }: Bench, key: string): Promise<string[]> {
  const open = await Promise.all(proxy.begun(key).map((uploadId) => takesPart(behind.client, key, uploadId)));
  return proxy.begun(key).filter((_, index) => open[index]);
}

async function takesPart(client: S3Client, Key: string, UploadId: string): Promise<boolean> {
  const part = new UploadPartCommand({ Bucket: BUCKET, Key, UploadId, PartNumber: 10_000, Body: 'x' });
  return client.send(part).then(
    () => true,
    (error) => {
      if (error?.name === 'NoSuchUpload') return false;
      throw error;
    },
  );
}
