import { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { listParts } from '../../functions/engine/calls/describe-transfer.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import { finishPush } from '../../functions/engine/push/finish-push.ts';
import { recordParts } from '../../functions/engine/push/record-parts.ts';
import { signParts } from '../../functions/engine/push/sign-parts.ts';
import type { SignedWrite, WantedPart } from '../../functions/transfer/push.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { Transfer } from '../../functions/transfer/transfer.ts';
import { type TransferView, viewOf } from '../../functions/transfer/views/view.ts';
import type { Bytes, Whole } from '../../tools/client/bytes.ts';
import { fingerprintOf } from '../../tools/client/fingerprint.ts';
import { nodePlatform } from '../../tools/client/node/platform.ts';
import { partMemory } from '../../tools/client/part-memory.ts';
import type { PushApi, PushOptions } from '../../tools/client/push.ts';
import type { OpenFile } from '../../tools/client/push-file.ts';
import { pushFile } from '../../tools/client/push-file.ts';
import { pushStream } from '../../tools/client/push-stream.ts';
import { cutting, inMemory } from '../../tools/client/stream-bytes.ts';
import type { World } from '../workflow/world.ts';
import { type Bench, BUCKET } from './bench.ts';
import { type End, freshPorts } from './trial.ts';

/** A client that pushes to a provider. It uses the client's code and the API's code, without HTTP between them. */
export type PushTrial = {
  readonly world: World;
  /** Begins the push or continues it, as the same command again does. Rejects as the client does. */
  file(content: Buffer, more?: PushWishes): Promise<End>;
  stream(content: Buffer, more?: PushWishes): Promise<End>;
  /** The transfer that has the key. */
  transferId(): Promise<string>;
  /** Begins the push of so many bytes, and gives the URL of its first part, with these sums of it. */
  signed(bytes: number, sums: Pick<WantedPart, 'crc32' | 'md5'>): Promise<SignedWrite>;
  /** The parts that the service has recorded. */
  confirmed(): Promise<number[]>;
};

export type PushWishes = Partial<TransferRequestInput> & {
  readonly name?: string;
  /** Left out, another content has another time. */
  readonly modifiedMs?: number;
  readonly verifyParts?: boolean;
  /** The client crashes when this aborts. */
  readonly signal?: AbortSignal;
  readonly onProgress?: PushOptions['onProgress'];
};

type Client = { readonly signal: AbortSignal; readonly onProgress: PushOptions['onProgress'] };
type Send = (api: PushApi, view: TransferView, options: PushOptions) => Promise<Whole>;

export function pushTrial(bench: Bench, key: string): PushTrial {
  const { profile } = bench;
  const client = bench.client();
  const target = s3Target(client, profile);
  const signer = s3Signer(client, profile);
  const world = freshPorts({
    target: async () => target,
    store: async () => target,
    profile: async () => profile,
    signer: async () => ({
      part: async (part, sums) => atHome(await signer.part(part, sums)),
      object: async (write, bytes, sums) => atHome(await signer.object(write, bytes, sums)),
    }),
  });
  const place = { endpoint: 'b', bucket: BUCKET, key };
  const request = (source: TransferRequestInput['source'], more: Partial<TransferRequestInput>) => ({
    ...requestTo(place, profile.part.partBytesMin),
    source,
    ...more,
  });
  const transferId = async () => (await world.ports.checkpoints.lockOwner(place)) ?? '';
  return {
    world,
    transferId,
    file: async (content, { name = key, modifiedMs, verifyParts = false, signal, onProgress, ...more } = {}) => {
      const file = await inMemoryFile(name, content, modifiedMs);
      const send: Send = (api, view, options) => pushFile(api, view, file, { ...options, verifyParts });
      return pushed(world, request(file.source, more), send, clientOf(signal, onProgress));
    },
    stream: async (content, { name = '-', verifyParts: _, modifiedMs: __, signal, onProgress, ...more } = {}) => {
      const stream = cutting(Readable.from(chunksOf(content), { objectMode: false }));
      const send: Send = (api, view, options) => {
        const keeper = partMemory(options.partsAtOnce * (view.plan?.partBytes ?? 0));
        return pushStream(api, view, { stream, keeper }, options);
      };
      return pushed(world, request({ client: { name } }, more), send, clientOf(signal, onProgress));
    },
    signed: (bytes, sums) => signedFirstPart(world, request({ client: { name: key, bytes } }, {}), { bytes, ...sums }),
    confirmed: async () => {
      const { parts } = await listParts(world.ports)(await transferId(), {});
      return parts.map(({ partNumber }) => partNumber);
    },
  };
}

/** One part at a time, in parts however small, and no patience: a trial sees each fault at once. */
function requestTo(target: TransferRequestInput['target'], partBytes: number) {
  return {
    target,
    partBytes,
    multipartThresholdBytes: 0,
    partsAtOnce: 1,
    patienceSeconds: 0,
    retry: { count: 0, intervalSeconds: 0 },
  };
}

async function signedFirstPart(
  { ports }: World,
  body: TransferRequestInput,
  { bytes, ...sums }: { readonly bytes: number } & Pick<WantedPart, 'crc32' | 'md5'>,
): Promise<SignedWrite> {
  const { transfer } = await startTransfer(ports)({ body, requestId: crypto.randomUUID() });
  const first = Math.min(bytes, transfer.plan?.partBytes ?? bytes);
  const { urls } = await signParts(ports)(transfer.transferId, { parts: [{ partNumber: 1, bytes: first, ...sums }] });
  const [url] = urls;
  if (!url) throw new Error('There is no URL for part 1.');
  return url;
}

const clientOf = (signal = new AbortController().signal, onProgress: Client['onProgress'] = () => {}): Client => ({
  signal,
  onProgress,
});

async function pushed(world: World, body: TransferRequestInput, send: Send, client: Client): Promise<End> {
  const { ports } = world;
  const { transfer } = await startTransfer(ports)({ body, requestId: crypto.randomUUID() });
  const { transferId } = transfer;
  const { partsAtOnce, retry, patienceSeconds } = transfer.request;
  const options = { partsAtOnce, retry, patienceSeconds, platform: nodePlatform, ...client, onTrouble: () => {} };
  const whole = await send(apiOf(world), viewOf(transfer, []), options);
  client.signal.throwIfAborted();
  const finished = await finishPush(ports)(transferId, whole);
  return endOf(world, finished);
}

async function endOf(world: World, { transferId, executionsBegun }: Transfer): Promise<End> {
  const newest = world.machine.list({ max: 100 }).items.find(({ name }) => name.startsWith(`${transferId}-`));
  const outcome = await world.settled(newest?.name ?? `${transferId}-${executionsBegun + 1}`);
  const transfer = await world.ports.checkpoints.read(transferId);
  if (!transfer) throw new Error(`There is no transfer ${transferId}.`);
  return { ...outcome, transfer };
}

function apiOf({ ports }: World): PushApi {
  return {
    parts: (transferId, { after }) => listParts(ports)(transferId, after === undefined ? {} : { after }),
    signParts: (transferId, parts) => signParts(ports)(transferId, { parts }),
    recordParts: (transferId, sent) => recordParts(ports)(transferId, sent),
  };
}

/** No hosts file has the names of buckets. So the request goes to this computer, but keeps the signed host as Host. */
function atHome(signed: SignedWrite): SignedWrite {
  const url = new URL(signed.url);
  const { host } = url;
  url.hostname = '127.0.0.1';
  return { ...signed, url: url.href, headers: { ...signed.headers, host } };
}

async function inMemoryFile(name: string, content: Buffer, modifiedMs = crc32(content)): Promise<OpenFile> {
  const range: Bytes['range'] = ({ first, last }) => inMemory(content.subarray(first, last + 1));
  const fingerprint = await fingerprintOf(crc32, { bytes: content.length, range });
  const source = { client: { name, bytes: content.length, modifiedMs, fingerprint } };
  return { bytes: content.length, range, source, close: async () => {} };
}

const CHUNK_BYTES = 64 * 1024;

function* chunksOf(content: Buffer): Iterable<Buffer> {
  for (let at = 0; at < content.length; at += CHUNK_BYTES) yield content.subarray(at, at + CHUNK_BYTES);
}
