import { createHash } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { type Credentials, s3Client } from '../../functions/adapters/s3-client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import { places } from '../../tools/local/store/disk.ts';
import { startStore } from '../../tools/local/store/server.ts';
import { type ProviderProxy, startProxy } from './proxy.ts';
import type { Temper } from './tempers/temper.ts';

export const BUCKET = 'data';
export const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };

/** One provider: its profile, and the embedded store with its temper; `behind` reaches the store past the temper. */
export type Bench = {
  readonly temper: Temper;
  readonly profile: ProviderProfile;
  readonly proxy: ProviderProxy;
  readonly behind: Behind;
  /** The adapters' own client, with the profile's way of addressing unless a case wants another. */
  client(changes?: Changes): S3Client;
  close(): Promise<void>;
};

type Changes = {
  readonly profile?: Partial<ProviderProfile>;
  readonly keys?: Partial<Credentials>;
  readonly region?: string;
};

type More = Partial<PutObjectCommandInput>;

export type Behind = {
  readonly client: S3Client;
  head(key: string): Promise<HeadObjectCommandOutput | undefined>;
  get(key: string): Promise<Buffer | undefined>;
  put(key: string, bytes: Buffer): Promise<void>;
  /** An object that was made of parts, of one. */
  putInParts(key: string, bytes: Buffer, more?: More): Promise<void>;
  openUploads(key: string): Promise<string[]>;
  /** Alters one byte of an object on the disk; the store notices nothing, and goes on to tell what it told before. */
  rot(key: string, offset: number): Promise<void>;
};

export async function openBench(temper: Temper): Promise<Bench> {
  const profile = (profiles as Readonly<Record<string, ProviderProfile>>)[temper.name];
  if (!profile) throw new Error(`There is no profile "${temper.name}".`);
  const { limits, checksumByDefault = false } = temper;
  const directory = mkdtempSync(join(tmpdir(), 'partway-providers-'));
  const base = { directory, port: 0, ...keys, region: temper.region, buckets: [BUCKET] };
  const options = { ...base, partBytesMin: limits.partBytesMin, checksumByDefault };
  const store = await startStore(options);
  const clients: S3Client[] = [];
  const client = (url: string, known: ProviderProfile, credentials: Credentials, region = temper.region) => {
    const endpoint = { name: 'b', provider: known.name, url, region, secretArn: undefined, allow: [BUCKET] };
    const made = s3Client(endpoint, known, credentials);
    clients.push(made);
    return made;
  };
  const behind = behindOf(client(store.url, profiles.aws, keys), directory);
  const bytesAt = async (key: string) => (await behind.head(key))?.ContentLength;
  const proxy = await startProxy({ temper, storeUrl: store.url, keys, bytesAt });
  return {
    ...{ temper, profile, proxy, behind },
    client: (changes = {}) => {
      const url = `http://s3.localhost:${proxy.port}`;
      return atHome(client(url, { ...profile, ...changes.profile }, { ...keys, ...changes.keys }, changes.region));
    },
    close: async () => {
      for (const each of clients) each.destroy();
      await proxy.close();
      await store.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

/** Names of buckets before s3.localhost are in no hosts file: whatever the name, it is this computer. */
const lookup: LookupFunction = (_name, options, found) => {
  if (options.all) found(null, [{ address: '127.0.0.1', family: 4 }]);
  else found(null, '127.0.0.1', 4);
};

function atHome(client: S3Client): S3Client {
  // Left to itself, the SDK tells the console of every connection that a case has cut.
  client.config.logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  client.config.requestHandler = new NodeHttpHandler({ httpAgent: new Agent({ keepAlive: true, lookup }) });
  return client;
}

function behindOf(client: S3Client, directory: string): Behind {
  const unlessMissing = <T>(answer: Promise<T>): Promise<T | undefined> =>
    answer.catch((error) => {
      if (error?.$metadata?.httpStatusCode === 404) return undefined;
      throw error;
    });
  return {
    client,
    head: (Key) => unlessMissing(client.send(new HeadObjectCommand({ Bucket: BUCKET, Key }))),
    get: async (Key) => {
      const answer = await unlessMissing(client.send(new GetObjectCommand({ Bucket: BUCKET, Key })));
      return answer && Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
    },
    put: async (Key, Body) => void (await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body }))),
    putInParts: (key, bytes, more = {}) => putInParts(client, { ...more, Bucket: BUCKET, Key: key }, bytes),
    openUploads: async (key) => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return Uploads.flatMap(({ Key, UploadId }) => (Key === key && UploadId ? [UploadId] : []));
    },
    rot: (key, offset) => rotAt(directory, key, offset),
  };
}

/** tools/local/store/disk.ts says how an object lies there. */
async function rotAt(directory: string, key: string, offset: number): Promise<void> {
  const record = join(places.objects(directory, BUCKET), `${createHash('sha256').update(key).digest('hex')}.json`);
  const { parts } = JSON.parse(await readFile(record, 'utf8')) as { parts: { file: string; bytes: number }[] };
  let first = 0;
  for (const { file, bytes } of parts) {
    if (offset < first + bytes) return flipByte(join(places.pieces(directory), file), offset - first);
    first += bytes;
  }
  throw new Error(`${key} has no byte ${offset}.`);
}

async function flipByte(file: string, offset: number): Promise<void> {
  const opened = await open(file, 'r+');
  const byte = Buffer.alloc(1);
  await opened.read(byte, 0, 1, offset);
  byte[0]! ^= 1;
  await opened.write(byte, 0, 1, offset);
  await opened.close();
}

async function putInParts(client: S3Client, name: More & { Bucket: string; Key: string }, Body: Buffer): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(name));
  const upload = { Bucket: name.Bucket, Key: name.Key, UploadId };
  const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body }));
  await client.send(
    new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [{ PartNumber: 1, ETag }] } }),
  );
}
