import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  GetObjectCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  PutObjectCommand,
  type PutObjectCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { type StoreOptions, startStore } from '../../tools/store/server.ts';
import type { TemperedRequest } from '../temper/rules.ts';
import type { Temper } from '../temper/temper.ts';
import { tempered } from '../temper/tempered.ts';

const BUCKET = 'data';
const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };

export type TemperedStore = {
  readonly url: string;
  /** The client that the adapters use. */
  readonly client: S3Client;
  temper(rules: Temper): Promise<void>;
  /** All requests so far, also those of the test itself. */
  requests(operation?: string): Promise<TemperedRequest[]>;
  /** Rules that no request has met. A test with such a rule does not test what its name says. */
  unmet(): Promise<unknown[]>;
  put(key: string, bytes: Buffer, more?: Partial<PutObjectCommandInput>): Promise<void>;
  get(key: string): Promise<Buffer | undefined>;
  openUploads(): Promise<string[]>;
};

/** An embedded store with a temper. It is removed when the test ends. */
export async function temperedStore(options: Partial<StoreOptions> = {}): Promise<TemperedStore> {
  const directory = mkdtempSync(join(tmpdir(), 'partway-faults-'));
  const given = {
    directory,
    port: 0,
    ...keys,
    region: 'us-east-1',
    buckets: [BUCKET],
    partBytesMin: 1,
    around: tempered(),
  };
  const store = await startStore({ ...given, ...options });
  const client = clientOf(store.url);
  onTestFinished(async () => {
    client.destroy();
    await store.close();
    await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  });
  return { url: store.url, client, ...controlOf(store.url), ...objectsIn(client) };
}

function clientOf(url: string): S3Client {
  const endpoint = { name: 'x', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: [BUCKET] };
  return s3Client(endpoint, profiles.aws, keys);
}

function controlOf(url: string): Pick<TemperedStore, 'temper' | 'requests' | 'unmet'> {
  const call = async (rules?: Temper) => {
    const body = rules === undefined ? {} : { method: 'PUT', body: JSON.stringify(rules) };
    const answer = await fetch(`${url}/-/temper`, body);
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { rules: { rule: unknown; met: number }[]; requests: TemperedRequest[] };
  };
  return {
    temper: async (rules) => void (await call(rules)),
    requests: async (operation) =>
      (await call()).requests.filter((request) => operation === undefined || request.operation === operation),
    unmet: async () => (await call()).rules.filter(({ met }) => met === 0).map(({ rule }) => rule),
  };
}

function objectsIn(client: S3Client): Pick<TemperedStore, 'put' | 'get' | 'openUploads'> {
  return {
    put: async (Key, Body, more = {}) => {
      await client.send(new PutObjectCommand({ Bucket: BUCKET, Key, Body, ...more }));
    },
    get: async (Key) => {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
        return Buffer.from((await Body?.transformToByteArray()) ?? []);
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },
    openUploads: async () => {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      return Uploads.map(({ UploadId }) => UploadId ?? '');
    },
  };
}
