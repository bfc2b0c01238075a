import { randomBytes } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { PutObjectCommandInput } from '@aws-sdk/client-s3';
import { expect } from 'vitest';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { readOrder } from '../../functions/engine/claim/execution-input.ts';
import type { Checkpoints, Clock, TargetStore } from '../../functions/engine/ports/ports.ts';
import type { ProviderProfile } from '../../functions/transfer/provider.ts';
import { targetAsSource } from '../../functions/transfer/read-back.ts';
import type { TransferRequestInput } from '../../functions/transfer/request.ts';
import type { ObjectFacts, Transfer } from '../../functions/transfer/transfer.ts';
import type { Temper } from '../temper/temper.ts';
import { requestFor } from '../workflow/request.ts';
import { asAws, type Outcome, type World, world } from '../workflow/world.ts';
import { type TemperedStore, temperedStore } from './tempered-store.ts';

export const PART = 8 * 1024;
/** Eight parts in two batches. The last part is shorter. */
export const PARTS = 8;

export type End = Outcome & { readonly transfer: Transfer };

export type FaultyWorld = {
  readonly inner: World;
  readonly source: TemperedStore;
  readonly target: TemperedStore;
  readonly content: Buffer;
  readonly canary: Buffer | undefined;
  /** Runs an execution to its end, and checks what must be true after every execution. */
  copy(more?: Partial<TransferRequestInput>): Promise<End>;
  /** The same for an execution that the test started or redrove. */
  ended(name: string): Promise<End>;
  /** Moves the clock of the engine, so that patience ends when a test wants it. */
  advance(ms: number): void;
};

type Options = {
  readonly source?: Temper;
  readonly target?: Temper;
  /** How many times faster than real time the engine's clock runs. */
  readonly speed?: number;
  readonly profile?: ProviderProfile;
  /** Whether another object is at the target already. */
  readonly canary?: boolean;
  readonly content?: Buffer;
  readonly sourceObject?: Partial<PutObjectCommandInput>;
  /** For two Lambdas that work on the same batch, because they do not know each other's parts. */
  readonly mayResend?: boolean;
  /** For a fault that a correct copy never meets. */
  readonly mayBeUnmet?: boolean;
};

/** The synthesized machine and the real engine with the real S3 adapters, between two embedded stores with tempers. */
export async function faultyWorld(options: Options = {}): Promise<FaultyWorld> {
  const { profile = asAws, content = randomBytes((PARTS - 1) * PART + 100) } = options;
  const [source, target] = [await temperedStore(), await temperedStore()];
  const canary = options.canary === false ? undefined : randomBytes(300);
  await source.put('x', content, options.sourceObject);
  if (canary) await target.put('y', canary);
  const inner = world(profile as typeof asAws);
  const resent: string[] = [];
  const clock = fastClock(options.speed ?? 10);
  Object.assign(inner.ports, {
    clock,
    deadlineMs: () => clock.nowMs() + 900_000,
    ...watched(inner.ports.checkpoints, s3Target(target.client, profile), resent),
    source: async ({ request }: Pick<Transfer, 'request'>) => {
      if (!('endpoint' in request.source)) throw new Error('Sources are objects here.');
      return s3Source(source.client, request.source, { verify: request.verifySource, profile: asAws });
    },
    written: async (transfer: Transfer, present: ObjectFacts) =>
      s3Source(target.client, targetAsSource(transfer, present), { verify: true, profile }),
  });
  await source.temper(options.source ?? []);
  await target.temper(options.target ?? []);
  const before = (await source.requests()).length;
  const w = { inner, source, target, content, canary };
  const ended = async (name: string): Promise<End> => {
    const end = await finished(inner, name);
    if (!options.mayBeUnmet)
      expect([...(await source.unmet()), ...(await target.unmet())], 'rules that nothing met').toEqual([]);
    await checkInvariants(w, end, before);
    if (!options.mayResend) expect(resent, 'parts that were recorded and sent again').toEqual([]);
    return end;
  };
  return {
    ...w,
    ended,
    advance: clock.advance,
    copy: async (more = {}) => ended((await inner.run(partsRequest(more))).name),
  };
}

export function partsRequest(more: Partial<TransferRequestInput> = {}): TransferRequestInput {
  return requestFor({ partBytes: PART, retry: { count: 1, intervalSeconds: 0 }, ...more });
}

async function finished(inner: World, name: string): Promise<End> {
  const outcome = await inner.settled(name);
  const transfer = await inner.ports.checkpoints.read(
    readOrder(inner.machine.describe(name).input, outcome.arn).transferId,
  );
  if (!transfer) throw new Error(`There is no transfer of ${name}.`);
  return { ...outcome, transfer };
}

/** Checks what must be true after every run, with any fault. */
async function checkInvariants(
  { inner, source, target, content, canary }: Omit<FaultyWorld, 'copy' | 'ended' | 'advance'>,
  { status, transfer }: End,
  before: number,
): Promise<void> {
  const reads = new Set((await source.requests()).slice(before).map(({ operation }) => operation));
  expect(
    [...reads].filter((operation) => !/^(Get|Head)/.test(operation)),
    'writes to the source',
  ).toEqual([]);
  await Promise.all([source.temper([]), target.temper([])]);
  const present = await target.get('y');
  const isWhole = present?.equals(content) ?? false;
  const isOld = canary === undefined ? present === undefined : (present?.equals(canary) ?? false);
  expect({ isWhole, isOld }, 'the object at the target').toEqual({ isWhole, isOld: !isWhole });
  expect(status === 'SUCCEEDED' ? isWhole : true, 'the object of a transfer that succeeded').toBe(true);
  if (['copied', 'aborted'].includes(transfer.state)) expect(await target.openUploads(), 'open uploads').toEqual([]);
  expect(transfer.state === 'copied' ? 'SUCCEEDED' : 'FAILED').toBe(status);
  expect(inner.announced.length).toBeGreaterThan(0);
}

/** Notes every part that is sent although the checkpoint has it. */
function watched(checkpoints: Checkpoints, target: TargetStore, resent: string[]) {
  const recorded = new Set<string>();
  const name = (uploadId: string, partNumber: number) => `${uploadId}#${partNumber}`;
  const watchedCheckpoints: Checkpoints = {
    ...checkpoints,
    recordPart: async (transferId, uploadId, part) => {
      await checkpoints.recordPart(transferId, uploadId, part);
      recorded.add(name(uploadId, part.partNumber));
    },
    forgetParts: async (transferId, uploadId, partNumbers) => {
      for (const partNumber of partNumbers) recorded.delete(name(uploadId, partNumber));
      await checkpoints.forgetParts(transferId, uploadId, partNumbers);
    },
  };
  const watchedTarget: TargetStore = {
    ...target,
    writePart: async (part, body, signal) => {
      const partName = name(part.uploadId, part.partNumber);
      if (recorded.has(partName)) resent.push(partName);
      return target.writePart(part, body, signal);
    },
  };
  return { checkpoints: watchedCheckpoints, target: async () => watchedTarget, store: async () => watchedTarget };
}

/** A clock that runs faster, so that half a minute of silence does not take half a minute. */
function fastClock(speed: number): Clock & Pick<FaultyWorld, 'advance'> {
  const startedMs = Date.now();
  let advancedMs = 0;
  return {
    advance: (ms) => {
      advancedMs += ms;
    },
    nowMs: () => startedMs + (Date.now() - startedMs) * speed + advancedMs,
    sleep: (ms, signal) => after(ms / speed, undefined, signal ? { signal, ref: false } : {}),
    random: () => Math.random(),
  };
}
