import { sha256At } from '../e2e/objects.ts';
import type { RealServerAddress } from '../servers/servers.ts';
import { chanceFrom } from './chance.ts';
import { type Driven, drive } from './drive.ts';
import { type Kills, killMany } from './killer.ts';
import { watchLambdas } from './lambdas.ts';
import { type Leftover, leftoversAt } from './leftovers.ts';
import { type Order, orderOf } from './orders.ts';
import { meterReceived, type ReceivedMeter } from './received.ts';
import { type MortalStack, startMortalStack } from './stack.ts';
import { prepareStores, type Store, settingsFor } from './stores.ts';

export type ChaosOptions = {
  readonly kills: number;
  readonly seed: number;
  /** The approximate size of the large objects. */
  readonly bytes: number;
  /** Every so many kills, the run kills the whole stack. */
  readonly stackEvery: number;
  readonly servers: readonly RealServerAddress[];
  readonly home: string;
  readonly tell: (sentence: string) => void;
};

/** Everything that the run has seen. `judge` decides whether it is correct. */
export type ChaosFacts = {
  readonly seed: number;
  readonly kills: Kills;
  readonly driven: readonly (Driven & { readonly isIdentical: boolean })[];
  readonly leftovers: readonly Leftover[];
  readonly partBytesReceivedByB: number;
  /** Sentences about faults of the run itself, besides the laws that a transfer may have broken. */
  readonly faults: readonly string[];
  readonly seconds: number;
};

// One transfer would leave most cores idle. With two, we also see if their parts can get mixed up.
const TRANSFERS_AT_ONCE = 2;
const FAULTS_MAX = 5;

/** Kills Lambdas and the stack while transfers run, waits for the transfers, and looks at the objects at the targets. */
export async function runChaos(options: ChaosOptions): Promise<ChaosFacts> {
  const startedMs = Date.now();
  const stack = await startMortalStack(options.home, settingsFor(options.servers));
  try {
    const stores = await prepareStores(stack, options.servers, options.bytes);
    const received = await meterReceived(stack);
    const { kills, driven, faults } = await fight(options, stack, stores, received);
    await received.look();
    received.stop();
    options.tell(`${driven.length} transfers have ended; now everything is read back`);
    return {
      seed: options.seed,
      kills,
      faults,
      driven: await compared(driven, stores),
      leftovers: (await Promise.all([...stores.values()].map(leftoversAt))).flat(),
      partBytesReceivedByB: received.partBytes(),
      seconds: (Date.now() - startedMs) / 1000,
    };
  } finally {
    await stack.stop();
  }
}

type Fought = { readonly kills: Kills; readonly driven: readonly Driven[]; readonly faults: readonly string[] };

async function fight(
  options: ChaosOptions,
  stack: MortalStack,
  stores: ReadonlyMap<string, Store>,
  received: ReceivedMeter,
): Promise<Fought> {
  const running = new Set<Order>();
  const driven: Driven[] = [];
  const faults: string[] = [];
  const watch = watchLambdas(stack.pid);
  const field = {
    stack,
    watch,
    chance: chanceFrom(options.seed),
    inFlightBytes: () => Math.max(0, ...[...running].map((order) => order.inFlightBytes)),
    beforeStackKill: () => received.look(),
    tell: (sentence: string) => options.tell(`${sentence}; ${driven.length} transfers done`),
  };
  let isOver = false;
  const killing = killMany(field, options, () => isOver).finally(() => {
    isOver = true;
  });
  const chance = chanceFrom(options.seed + 1);
  let ordered = 0;
  const hand = async () => {
    while (!isOver) {
      const order = orderOf(ordered++, stores, chance);
      running.add(order);
      await drive(stack, stores.get(order.to)!, order).then(
        (done) => driven.push(done),
        (error) => faults.push(`${order.idempotencyKey}: ${error}`),
      );
      running.delete(order);
      if (faults.length >= FAULTS_MAX) isOver = true;
    }
  };
  const hands = Array.from({ length: TRANSFERS_AT_ONCE }, hand);
  const [kills] = await Promise.all([killing, ...hands]).finally(watch.stop);
  return { kills, driven, faults };
}

async function compared(driven: readonly Driven[], stores: ReadonlyMap<string, Store>) {
  const results: (Driven & { isIdentical: boolean })[] = [];
  for (const each of driven) {
    const { to, source, request } = each.order;
    const { client, bucket } = stores.get(to)!;
    // A transfer that failed for good may have left no object. We have noted already that it is not copied.
    const sha256 = await sha256At(client(), bucket, request.target.key).catch(() => undefined);
    results.push({ ...each, isIdentical: each.view.state === 'copied' && sha256 === source.sha256 });
  }
  return results;
}
