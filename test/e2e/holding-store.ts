import type { S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { startStore } from '../../tools/store/server.ts';
import type { Temper } from '../temper/temper.ts';
import { tempered } from '../temper/tempered.ts';

const keys = { accessKeyId: 'owner', secretAccessKey: 'owner-secret' };

export type HoldingStore = {
  /** For the settings of a stack. */
  readonly endpoint: { readonly url: string };
  readonly client: S3Client;
  /** Lets so many objects or ranges be read, and stops each later answer after so many bytes. */
  hold(after: { readonly reads: number; readonly bytes: number }): Promise<void>;
  letGo(): Promise<void>;
  /** How often it was asked for this since it started. */
  count(operation: string): Promise<number>;
  close(): Promise<void>;
};

/** A store with the bucket `data`, which lives longer than a stack. It holds a transfer half-way for as long as a test needs. */
export async function startHoldingStore(directory: string): Promise<HoldingStore> {
  const store = await startStore({
    directory,
    port: 0,
    ...keys,
    region: 'us-east-1',
    buckets: ['data'],
    around: tempered(),
  });
  const facts = { provider: 'aws', url: store.url, region: 'us-east-1', allow: ['data'] };
  const temper = async (rules: Temper) => {
    const { status } = await fetch(`${store.url}/-/temper`, { method: 'PUT', body: JSON.stringify(rules) });
    if (status !== 200) throw new Error(`The store took no temper: ${status}.`);
  };
  return {
    endpoint: { ...facts, ...keys },
    client: s3Client({ name: 'holding', ...facts, secretArn: undefined }, profiles.aws, keys),
    hold: ({ reads, bytes }) =>
      temper([{ operation: 'GetObject', skip: reads, fault: { kind: 'stall', moment: { bytesOut: bytes } } }]),
    letGo: () => temper([]),
    count: async (operation) => {
      const { requests } = (await (await fetch(`${store.url}/-/counters`)).json()) as {
        requests: Record<string, number>;
      };
      return requests[operation] ?? 0;
    },
    close: () => store.close(),
  };
}
