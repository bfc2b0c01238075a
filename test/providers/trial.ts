import { randomBytes } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { readOrder } from '../../functions/engine/claim/execution-input.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import type { ObjectSource, TransferRequestInput } from '../../functions/transfer/request.ts';
import type { ObjectFacts, Transfer } from '../../functions/transfer/transfer.ts';
import type { Explanation } from '../../functions/transfer/views/explain.ts';
import { type Outcome, tiny, type World, world } from '../workflow/world.ts';
import { type Bench, BUCKET } from './bench.ts';

export type End = Outcome & { readonly transfer: Transfer };

/** One transfer through the synthesized machine. One side is the provider, the other a store in memory. */
export type Trial = {
  readonly world: World;
  readonly content: Buffer;
  copy(more?: Partial<TransferRequestInput>): Promise<End>;
  plan(more?: Partial<TransferRequestInput>): Promise<Explanation>;
  redrive(end: End): Promise<End>;
};

type Options = {
  readonly content?: Buffer;
  readonly facts?: Partial<ObjectFacts>;
  readonly client?: S3Client;
};

/** A small content, so that the trial is quick. With a threshold of 0 it is still an upload of one part. */
export const small = (): Buffer => randomBytes(1000);

/** So many parts of the profile's smallest size, and a last one that is smaller. */
export const partsOf = ({ profile }: Bench, count: number): Buffer =>
  randomBytes((count - 1) * profile.part.partBytesMin + 1000);

/** All trials share one world, one after another, because checking the machine's definition takes longer than most trials. */
let shared: World | undefined;

export function freshPorts(changes: Partial<World['ports']>): World {
  shared ??= world(tiny, BUCKET);
  const { from, to } = shared;
  const memory = (name: string) => (name === 'a' ? from : to);
  const { source, ...others } = changes;
  shared.faults.source = (store) => store;
  Object.assign(shared.ports, {
    source: source ?? memorySource(shared),
    target: async ({ request }: Pick<Transfer, 'request'>) => memory(request.target.endpoint),
    ...others,
  });
  return shared;
}

const memorySource = (inner: World) => async (transfer: Pick<Transfer, 'request'>) => {
  const { source } = transfer.request;
  if (!('endpoint' in source)) throw new Error('Sources are objects here.');
  return inner.faults.source(inner.from.source(source));
};

/** A trial with the provider as the target. Source and target have the same key. */
export function trialTo(bench: Bench, key: string, options: Options = {}): Trial {
  const { profile } = bench;
  const { content = small(), client = bench.client() } = options;
  const target = s3Target(client, profile);
  const inner = freshPorts({ target: async () => target, store: async () => target });
  const { source } = inner.ports;
  // When Partway reads back, it reads from the provider.
  inner.ports.source = async (transfer) => {
    const from = transfer.request.source;
    if (!('endpoint' in from) || from.endpoint !== 'b') return source(transfer);
    return s3Source(client, from, { verify: transfer.request.verifySource, profile });
  };
  inner.from.put(BUCKET, key, content, options.facts);
  return trialIn(inner, key, content, { partBytes: profile.part.partBytesMin });
}

/** A trial with the provider as the source. Parts are small, because a store in memory takes any size. */
export function trialFrom(bench: Bench, key: string, options: Options = {}): Trial {
  const { profile } = bench;
  const { content = small(), client = bench.client() } = options;
  const source: World['ports']['source'] = async ({ request }) => {
    if (!('endpoint' in request.source)) throw new Error('Sources are objects here.');
    return s3Source(client, request.source, { verify: request.verifySource, profile });
  };
  return trialIn(freshPorts({ source }), key, content, { partBytes: 1024 });
}

/** A trial with the provider as both. With `changes`, its profile promises something that the provider does not do. */
export async function trialWithin(bench: Bench, key: string, changes: Partial<ProviderProfile> = {}): Promise<Trial> {
  const profile = { ...bench.profile, ...changes };
  const content = partsOf(bench, 2);
  const source: ObjectSource = { endpoint: 'b', bucket: BUCKET, key: sourceOf(key) };
  await bench.behind.putInParts(source.key, content, { ContentType: 'video/mp4' });
  const target = s3Target(bench.client(), profile);
  const inner = freshPorts({
    source: async () => s3Source(bench.client(), source, { verify: true, profile }),
    target: async () => target,
    store: async () => target,
  });
  return trialIn(inner, key, content, { source, partBytes: profile.part.partBytesMin });
}

export const sourceOf = (key: string): string => `${key} (source)+`;

type Wishes = { readonly partBytes: number; readonly source?: ObjectSource };

function trialIn(inner: World, key: string, content: Buffer, wishes: Wishes): Trial {
  const ended = async (name: string): Promise<End> => {
    const outcome = await inner.settled(name);
    const { transferId } = readOrder(inner.machine.describe(name).input, outcome.arn);
    const transfer = await inner.ports.checkpoints.read(transferId);
    if (!transfer) throw new Error(`There is no transfer of ${name}.`);
    return { ...outcome, transfer };
  };
  const request = (more: Partial<TransferRequestInput>): TransferRequestInput => ({
    source: { endpoint: 'a', bucket: BUCKET, key },
    target: { endpoint: 'b', bucket: BUCKET, key },
    ...wishes,
    multipartThresholdBytes: 0,
    partsAtOnce: 1,
    patienceSeconds: 0,
    retry: { count: 0, intervalSeconds: 0 },
    ...more,
  });
  return {
    world: inner,
    content,
    plan: (more = {}) => explainTransfer(inner.ports)(request(more)),
    copy: async (more = {}) => ended((await inner.run(request(more))).name),
    redrive: async ({ name }) => {
      inner.machine.redrive(name);
      return ended(name);
    },
  };
}
