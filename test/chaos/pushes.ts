import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Client } from '../../tools/start/stores.ts';
import { ensureBucket, sha256At } from '../e2e/objects.ts';
import { type Chance, chanceFrom } from './chance.ts';
import type { ChaosOptions } from './chaos.ts';
import { meterReceived, type ReceivedMeter } from './received.ts';
import { type MortalStack, startMortalStack } from './stack.ts';
import { clientOf, REAL_BUCKET, settingsFor } from './stores.ts';

/** `bytes` is the length of the file, which is also sent as the stream. */
export type PushChaosOptions = Omit<ChaosOptions, 'stackEvery'>;

export type PushVerdict = {
  readonly status: 'succeeded' | 'failed';
  readonly seed: number;
  readonly kills: { readonly client: number; readonly stack: number };
  readonly pushes: readonly Pushed[];
  readonly seconds: number;
};

type Pushed = {
  readonly target: string;
  readonly kind: 'file' | 'stream';
  readonly kills: number;
  readonly isIdentical: boolean;
  /** Of confirmed parts that a client of a file sent again. It must be 0. */
  readonly bytesRepeated: number;
  /** All bytes that were sent more than once, as store b counts them. The other stores do not tell. */
  readonly bytesResent: number | undefined;
  /** At most the parts in flight are lost with each kill. */
  readonly bytesResentBound: number;
};

const PART = 5 * MiB;
const PARTS_AT_ONCE = 2;
const KILL_MS = { least: 300, most: 2_500 };
// A stack takes seconds to come back, so most kills hit clients.
const STACK_EVERY = 5;

type Target = { readonly name: string; readonly bucket: string; client(): Client };
type Battle = PushChaosOptions & {
  readonly stack: MortalStack;
  readonly chance: Chance;
  readonly counts: { client: number; stack: number };
  readonly received: ReceivedMeter;
};

/** Kills the client that pushes, and sometimes the stack. Then it gives the same command again, and checks the object. */
export async function runPushChaos(options: PushChaosOptions): Promise<PushVerdict> {
  const startedMs = Date.now();
  const { home, servers, seed, bytes, kills } = options;
  const stack = await startMortalStack(join(home, 'stack'), settingsFor(servers));
  const counts = { client: 0, stack: 0 };
  const received = await meterReceived(stack);
  const battle: Battle = { ...options, stack, counts, received, chance: chanceFrom(seed) };
  const targets: Target[] = [
    { name: 'b', bucket: 'data', client: () => stack.store('b') },
    ...servers.map((server) => ({ name: server.name, bucket: REAL_BUCKET, client: () => clientOf(server) })),
  ];
  const pushes: Pushed[] = [];
  try {
    for (const { client, bucket } of targets.slice(1)) await ensureBucket(client(), bucket);
    const file = new MovingFile(home, bytes);
    const orders = targets.flatMap((target) => (['file', 'stream'] as const).map((kind) => ({ target, kind })));
    for (let turn = 0; turn < orders.length || counts.client + counts.stack < kills; turn += 1) {
      const { target, kind } = orders[turn % orders.length]!;
      // The remaining kills are shared among the remaining orders of this round.
      const share = Math.ceil((kills - counts.client - counts.stack) / (orders.length - (turn % orders.length)));
      pushes.push(await pushOnce(battle, target, { kind, file, key: `push-${turn}`, kills: Math.max(0, share) }));
      options.tell(`${pushes.length} pushes done, ${counts.client + counts.stack} of ${kills} kills`);
    }
  } finally {
    received.stop();
    await stack.stop();
  }
  const isGood = pushes.every(isAsPromised);
  const seconds = (Date.now() - startedMs) / 1000;
  return { status: isGood ? 'succeeded' : 'failed', seed, kills: counts, pushes, seconds };
}

function isAsPromised({ isIdentical, bytesRepeated, bytesResent = 0, bytesResentBound }: Pushed): boolean {
  return isIdentical && bytesRepeated === 0 && bytesResent <= bytesResentBound;
}

/** A file that is in another folder each time. */
class MovingFile {
  readonly sha256: string;
  private readonly folders: string[];
  private at = 0;

  constructor(home: string, bytes: number) {
    this.folders = ['one', 'another'].map((name) => join(home, name));
    for (const folder of this.folders) mkdirSync(folder, { recursive: true });
    const content = randomBytes(bytes);
    this.sha256 = createHash('sha256').update(content).digest('hex');
    writeFileSync(this.path(), content);
  }

  path(): string {
    return join(this.folders[this.at % 2]!, 'disk.img');
  }

  move(): void {
    const from = this.path();
    this.at += 1;
    renameSync(from, this.path());
  }
}

type Order = { readonly kind: Pushed['kind']; readonly file: MovingFile; readonly key: string; readonly kills: number };

async function pushOnce(battle: Battle, target: Target, { kind, file, key, kills }: Order): Promise<Pushed> {
  const { stack, chance, counts, received } = battle;
  await received.look();
  const receivedBefore = received.partBytes();
  let killed = 0;
  let bytesRepeated = 0;
  let confirmed = 0;
  for (;;) {
    const run = begin(battle.home, kind, file, `${target.name}:${target.bucket}/${key}`);
    const isOver = run.ended.then(() => true);
    if (killed < kills) {
      const waited = after(chance.between(KILL_MS.least, KILL_MS.most)).then(() => false);
      if (!(await Promise.race([isOver, waited]))) {
        killed += 1;
        if ((counts.client + counts.stack + 1) % STACK_EVERY === 0) {
          // Without this wait, the command could find no stack, and would start another one in the same folder.
          await Promise.race([run.connected, run.ended]);
          counts.stack += 1;
          await received.look();
          await stack.kill();
        } else {
          counts.client += 1;
          run.child.kill('SIGKILL');
        }
      }
    }
    const { code, first, last, said } = await run.ended;
    // A run should begin with all confirmed bytes. If it begins with fewer, it has sent some again.
    if (kind === 'file' && first !== undefined) bytesRepeated += Math.max(0, confirmed - first);
    confirmed = Math.max(confirmed, last ?? 0);
    if (code === 0) break;
    if (code !== null && code !== 1 && code !== 3) throw new Error(`The client ended with ${code}: ${said}`);
    if (kind === 'file') file.move();
  }
  const isIdentical = (await sha256At(target.client(), target.bucket, key)) === file.sha256;
  await received.look();
  const bytesResent = target.name === 'b' ? received.partBytes() - receivedBefore - battle.bytes : undefined;
  const bytesResentBound = killed * PARTS_AT_ONCE * PART;
  return { target: target.name, kind, kills: killed, isIdentical, bytesRepeated, bytesResent, bytesResentBound };
}

type Ended = {
  readonly code: number | null;
  readonly first: number | undefined;
  readonly last: number | undefined;
  readonly said: string;
};

function begin(
  home: string,
  kind: Pushed['kind'],
  file: MovingFile,
  target: string,
): { child: ChildProcess; ended: Promise<Ended>; connected: Promise<unknown> } {
  const source = kind === 'file' ? file.path() : '-';
  const options = [
    '--part-size',
    `${PART}`,
    '--multipart-threshold',
    `${PART}`,
    '--parts-at-once',
    `${PARTS_AT_ONCE}`,
    '--retry-interval',
    '200ms',
    // A client may die after its last byte. Without a key, the same command would push the object a second time.
    '--idempotency-key',
    target,
    '--json',
  ];
  const words = ['tools/cli/main.ts', 'copy', source, target, ...options, '--home', join(home, 'stack')];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin.on('error', () => {});
  if (kind === 'stream') createReadStream(file.path()).pipe(child.stdin);
  else child.stdin.end();
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (chunk) => (said[name] += chunk));
  const ended = once(child, 'close').then(([code]) => {
    const copied = said.stdout
      .split('\n')
      .filter((line) => line.startsWith('{"event":"progress"') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as { state: string; bytesCopied: number })
      // When all is sent, the service counts anew what it finds.
      .filter(({ state }) => state === 'pushing')
      .map(({ bytesCopied }) => bytesCopied);
    return { code: code as number | null, first: copied[0], last: copied.at(-1), said: said.stderr };
  });
  const connected = once(child.stdout, 'data');
  // If the command ends first, nobody waits for this promise.
  connected.catch(() => {});
  return { child, ended, connected };
}
