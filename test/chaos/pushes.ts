import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { Client } from '../../tools/start/stores.ts';
import { ensureBucket, sha256At } from '../e2e/objects.ts';
import type { RealServerAddress } from '../servers/servers.ts';
import { type Chance, chanceFrom } from './chance.ts';
import type { ChaosOptions } from './chaos.ts';
import { beginPush, type Kind, type MovingFile, movingFile, PART, PARTS_AT_ONCE, type Run } from './pushing-client.ts';
import { meterReceived } from './received.ts';
import { type Relay, relayTo } from './relay.ts';
import { type MortalStack, startMortalStack } from './stack.ts';
import { clientOf, REAL_BUCKET, settingsFor } from './stores.ts';

/** `bytes` is the length of the file, which is also sent as the stream. `kills`: so often each push is killed. */
export type PushChaosOptions = Omit<ChaosOptions, 'stackEvery'>;

export type PushVerdict = {
  readonly status: 'succeeded' | 'failed';
  readonly seed: number;
  readonly bytes: number;
  readonly killsOfEachPush: number;
  readonly pushes: readonly Pushed[];
  readonly seconds: number;
};

type Pushed = {
  readonly target: string;
  readonly kind: Kind;
  readonly kills: { readonly client: number; readonly stack: number };
  readonly isIdentical: boolean;
  /** Of confirmed parts that a client of a file sent again. It must be 0. */
  readonly bytesRepeated: number;
  /** All bytes that were sent more than once. Store b counts them, and a relay in front of the others. */
  readonly bytesResent: number;
  /** At most the parts in flight are lost with each kill. */
  readonly bytesResentBound: number;
  readonly seconds: number;
};

// A stack takes seconds to come back, so most kills hit clients.
const STACK_EVERY = 5;
// So many kills hit a command while it starts, when nothing has moved yet.
const EARLY_EVERY = 7;
const EARLY_MS_MAX = 800;
// The kills that are left share the bytes that are left. With 1, the last kills would find that the push is over.
const SHARE = 0.8;
// A relay also counts the headers of the requests, which are about 1 KB for each part.
const HEADERS_SHARE = 0.005;

type Target = {
  readonly name: string;
  readonly bucket: string;
  client(): Client;
  /** The bytes of parts that the store has been sent so far. */
  received(): Promise<number>;
  readonly headersShare: number;
};
type Battle = PushChaosOptions & { readonly stack: MortalStack; readonly chance: Chance; readonly file: MovingFile };

/** Kills the client that pushes, and sometimes the stack. Then it gives the same command again, and checks the object. */
export async function runPushChaos(options: PushChaosOptions): Promise<PushVerdict> {
  const startedMs = Date.now();
  const { home, servers, seed, bytes, kills } = options;
  const relays = new Map<string, Relay>();
  for (const { name, url } of servers) relays.set(name, await relayTo(url));
  const stack = await startMortalStack(join(home, 'stack'), withRelays(servers, relays));
  const meter = await meterReceived(stack);
  const battle: Battle = { ...options, stack, chance: chanceFrom(seed), file: movingFile(home, bytes) };
  const own: Target = {
    name: 'b',
    bucket: 'data',
    client: () => stack.store('b'),
    headersShare: 0,
    received: async () => {
      await meter.look();
      return meter.partBytes();
    },
  };
  const pushes: Pushed[] = [];
  try {
    const targets = [own, ...servers.map((server) => relayed(server, relays.get(server.name)!))];
    for (const target of targets)
      for (const kind of ['file', 'stream'] as const) {
        if (target !== own) await ensureBucket(target.client(), target.bucket);
        const pushed = await pushOnce(battle, target, kind);
        pushes.push(pushed);
        options.tell(JSON.stringify(pushed));
      }
  } finally {
    meter.stop();
    await stack.stop();
    for (const relay of relays.values()) await relay.close();
  }
  const status = pushes.every((pushed) => isAsPromised(pushed, kills)) ? 'succeeded' : 'failed';
  return { status, seed, bytes, killsOfEachPush: kills, pushes, seconds: secondsSince(startedMs) };
}

/** Clients reach the real servers through relays, and the stack reaches them itself. */
function withRelays(servers: readonly RealServerAddress[], relays: ReadonlyMap<string, Relay>): unknown {
  const { endpoints } = settingsFor(servers);
  const withPublicUrl = Object.entries(endpoints).map(([name, endpoint]) => {
    const publicUrl = relays.get(name)?.url;
    return [name, { ...endpoint, publicUrl }] as const;
  });
  return { endpoints: Object.fromEntries(withPublicUrl) };
}

function relayed(server: RealServerAddress, relay: Relay): Target {
  const client = clientOf(server);
  const facts = { name: server.name, bucket: REAL_BUCKET, headersShare: HEADERS_SHARE };
  return { ...facts, client: () => client, received: async () => relay.bytesIn() };
}

function isAsPromised(pushed: Pushed, killsWanted: number): boolean {
  const { kills, isIdentical, bytesRepeated, bytesResent, bytesResentBound } = pushed;
  const isKilledEnough = kills.client + kills.stack === killsWanted;
  return isKilledEnough && isIdentical && bytesRepeated === 0 && bytesResent <= bytesResentBound;
}

/** Gives one command until it succeeds. The first runs are killed. */
async function pushOnce(battle: Battle, target: Target, kind: Kind): Promise<Pushed> {
  const startedMs = Date.now();
  const { home, file, bytes, kills: killsWanted } = battle;
  const key = `push-${kind}`;
  const receivedBefore = await target.received();
  const kills = { client: 0, stack: 0 };
  let bytesRepeated = 0;
  let confirmed = 0;
  for (;;) {
    const run = beginPush({ home, kind, file, target: `${target.name}:${target.bucket}/${key}` });
    while (kills.client + kills.stack < killsWanted) {
      // A client goes on when its stack is back, and may be killed then.
      if ((await killInTime(battle, target, { run, confirmed, kills })) !== 'stack') break;
    }
    const { code, first, last, said } = await run.ended;
    // A run should begin with all confirmed bytes. If it begins with fewer, it has sent some again.
    if (kind === 'file' && first !== undefined) bytesRepeated += Math.max(0, confirmed - first);
    confirmed = Math.max(confirmed, last ?? 0);
    if (code === 0) break;
    if (code !== null && code !== 1 && code !== 3) throw new Error(`The client ended with ${code}: ${said}`);
    if (kind === 'file') file.move();
  }
  const bytesResent = Math.max(0, (await target.received()) - receivedBefore - bytes);
  const killsDone = kills.client + kills.stack;
  return {
    target: target.name,
    kind,
    kills,
    bytesRepeated,
    bytesResent,
    isIdentical: (await sha256At(target.client(), target.bucket, key)) === file.sha256,
    bytesResentBound: killsDone * PARTS_AT_ONCE * PART + Math.ceil(bytes * target.headersShare),
    seconds: secondsSince(startedMs),
  };
}

type Victim = { readonly run: Run; readonly confirmed: number; readonly kills: { client: number; stack: number } };

/**
 * Kills the client, or the stack, at a random place of the bytes that are left, or while the command starts. A kill waits
 * for bytes and not for a time, so all kills find a push at work, however fast store and computer are. `nobody`: the command
 * ended before.
 */
async function killInTime(
  battle: Battle,
  target: Target,
  { run, kills, ...before }: Victim,
): Promise<'client' | 'stack' | 'nobody'> {
  const { stack, chance, bytes, kills: killsWanted } = battle;
  const number = kills.client + kills.stack + 1;
  const killsLeft = killsWanted - number + 1;
  const confirmed = Math.max(before.confirmed, run.confirmed());
  const most = (2 * SHARE * (bytes - confirmed)) / (killsLeft + 1);
  const isEarly = number % EARLY_EVERY === 0;
  const moment = isEarly
    ? after(chance.between(0, EARLY_MS_MAX))
    : run.reached(confirmed + chance.between(1, Math.max(1, Math.floor(most))));
  const isOver = await Promise.race([moment.then(() => false), run.ended.then(() => true)]);
  if (isOver) return 'nobody';
  if (number % STACK_EVERY !== 0) {
    kills.client += 1;
    run.child.kill('SIGKILL');
    return 'client';
  }
  // Without this wait, the command could find no stack, and would start another one in the same folder.
  await Promise.race([run.connected, run.ended]);
  await target.received(); // the counter of store b ends with it
  kills.stack += 1;
  await stack.kill();
  return 'stack';
}

function secondsSince(startedMs: number): number {
  return Math.round((Date.now() - startedMs) / 1000);
}
