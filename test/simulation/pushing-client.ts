import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { describeTransfer, listParts } from '../../functions/engine/calls/describe-transfer.ts';
import { explainTransfer } from '../../functions/engine/calls/explain-transfer.ts';
import { requestAbort } from '../../functions/engine/calls/request-abort.ts';
import { startTransfer } from '../../functions/engine/calls/start-transfer.ts';
import type { Ports } from '../../functions/engine/ports/ports.ts';
import { finishPush } from '../../functions/engine/push/finish-push.ts';
import { recordParts } from '../../functions/engine/push/record-parts.ts';
import { signParts } from '../../functions/engine/push/sign-parts.ts';
import { asFailure, remedyOf, TransferError } from '../../functions/transfer/errors.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { type TransferView, viewOf } from '../../functions/transfer/views/view.ts';
import type { ApiClient } from '../../tools/client/api/api.ts';
import { PartwayError } from '../../tools/client/api/partway-error.ts';
import type { Platform } from '../../tools/client/bytes.ts';
import type { Opened } from '../../tools/client/client.ts';
import { openedFile, openedStream } from '../../tools/client/opened.ts';
import type { OpenFile } from '../../tools/client/push-file.ts';
import { cutting, inMemory } from '../../tools/client/stream-bytes.ts';
import { upload } from '../../tools/client/upload.ts';
import type { Machine } from './machine/executions.ts';
import { portsOf, sleepingIn } from './ports.ts';
import type { Process } from './process.ts';
import type { Wish } from './scenario.ts';
import { sendAsSigned } from './signed-writes.ts';
import type { StoredObject } from './store.ts';
import type { World } from './world.ts';

const API_MS = 29_000;
const POLL_MS = 60_000;

/** Pushes with the product's own client code. The client's file is the source object of the same name. */
export async function push(world: World, machine: () => Machine, process: Process, wish: Wish): Promise<void> {
  const object = world.source.objects.get(wish.sourceKey);
  if (!object) {
    world.trace.note(process.name, `finds no ${wish.sourceKey}`);
    return;
  }
  const platform = platformOf(world, process);
  const client = apiOf(world, machine, process);
  const opened = await open(world, platform, wish, object);
  const request: TransferRequestInput = { ...wish.request, source: opened.source };
  const { overwrite, partsAtOnce, retry, patienceSeconds } = parseRequest(request);
  if (opened.pushed.mayRepeat && overwrite !== 'always') await client.plan(request);
  const begun = await client.start(request);
  const sending = { partsAtOnce, retry, patienceSeconds };
  const view = await upload(begun, { client, platform, sending, pushed: opened.pushed });
  if (view.state === 'copied') world.model.pushed(process, view.transferId, object.bytes);
  world.trace.note(process.name, `ends: ${view.state}`);
}

function platformOf(world: World, process: Process): Platform {
  return {
    crc32: (piece, before = 0) => crc32(piece, before),
    md5: () => createHash('md5'),
    put: (signed, body, options) => sendAsSigned(world, process, signed, { body, ...options }),
    clock: {
      nowMs: world.scheduler.nowMs,
      random: world.chance.real,
      sleep: (ms, signal) => sleepingIn(world, process, ms, signal),
    },
  };
}

async function open(world: World, platform: Platform, wish: Wish, object: StoredObject): Promise<Opened> {
  const { sourceKey: name, partBytes, request, verifyParts } = wish;
  if (wish.way === 'stream') {
    const { partsAtOnce } = request;
    return openedStream(platform, cutting(chunksOf(world, object.bytes)), { name, partBytes, partsAtOnce });
  }
  return openedFile(platform, fileOf(world, wish, object), { verifyParts });
}

/** The file that the client opens. Its fingerprint covers one byte at each edge, so bytes in between may change. */
function fileOf({ source, model }: World, { sourceKey }: Wish, { bytes: content, etag }: StoredObject): OpenFile {
  const bytes = content.length;
  const modifiedMs = [...(model.generations.get(sourceKey) ?? [])].findIndex(([each]) => each === etag);
  const fingerprint = { head: crc32(content.subarray(0, 1)), tail: crc32(content.subarray(Math.max(0, bytes - 1))) };
  const refuseChanged = () => {
    const now = source.objects.get(sourceKey);
    if (now && now.etag !== etag) throw new TransferError('SourceChanged', `${sourceKey} changed while it was pushed.`);
  };
  return {
    bytes,
    source: { client: { name: sourceKey, bytes, modifiedMs, fingerprint } },
    range: ({ first, last }) => ({
      bytes: last - first + 1,
      open: async function* (signal) {
        refuseChanged();
        yield* inMemory(content.subarray(first, last + 1)).open(signal);
      },
    }),
    close: async () => {},
  };
}

async function* chunksOf({ chance }: World, content: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < content.length; ) {
    const chunk = content.subarray(at, at + chance.whole(1, 2000));
    at += chunk.length;
    yield chunk;
  }
}

/** The API as this client reaches it: over a network, with a Lambda behind it that may die. */
function apiOf(world: World, machine: () => Machine, process: Process): ApiClient {
  const call = async <T>(what: string, work: (ports: Ports) => Promise<T>): Promise<T> => {
    const travel = (how: string) =>
      world.network(process, { place: 'executions', what: `${how} ${what}`, apply: () => undefined });
    try {
      await travel('asks the API to');
      const answer = await world.processes.spawn('api', API_MS, (lambda) => work(portsOf(world, machine(), lambda)));
      await travel('hears of');
      return JSON.parse(JSON.stringify(answer)) as T;
    } catch (error) {
      throw asApiError(world, error);
    }
  };
  const viewed = async (ports: Ports, id: string): Promise<TransferView> => describeTransfer(ports)(id);
  const calls: Partial<ApiClient> = {
    pollMs: POLL_MS,
    plan: (body) => call('plan', (ports) => explainTransfer(ports)(body)),
    start: (body) =>
      call('start', async (ports) => {
        const { transfer } = await startTransfer(ports)({ body, requestId: String(world.chance.real()) });
        return viewOf(transfer, []);
      }),
    describe: (id) => call('describe', (ports) => viewed(ports, id)),
    parts: (id, { after } = {}) => call('list parts', (ports) => listParts(ports)(id, after ? { after } : {})),
    signParts: (id, parts, lostUploadId) =>
      call('sign parts', (ports) => signParts(ports)(id, { parts, lostUploadId })),
    recordParts: (id, sent) => call('record parts', (ports) => recordParts(ports)(id, sent)),
    finish: (id, whole = {}) => call('finish', async (ports) => viewOf(await finishPush(ports)(id, whole), [])),
    abort: (id) => call('abort', async (ports) => viewOf(await requestAbort(ports)(id), [])),
  };
  return calls as ApiClient; // A push needs no other call.
}

function asApiError({ model }: World, error: unknown): unknown {
  if (error instanceof PartwayError || !(error instanceof Error)) return died(error);
  if (!(error instanceof TransferError)) {
    model.violated(12, `The API throws ${error.name}: ${error.message} ${error.stack}`);
    return error;
  }
  const { name, message, partNumber } = error;
  return new PartwayError(asFailure(name, message), { mayPass: remedyOf(name) === 'retry', partNumber });
}

/** The caller of a Lambda that dies gets a 502. */
function died(failure: unknown): PartwayError {
  if (failure instanceof PartwayError) return failure;
  return new PartwayError(asFailure('Unreachable', `The API answers 502: ${JSON.stringify(failure)}.`), {
    mayPass: true,
  });
}
