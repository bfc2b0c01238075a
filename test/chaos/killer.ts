import { setTimeout as after } from 'node:timers/promises';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import type { Chance } from './chance.ts';
import { bytesWrittenBy, type LambdaProcess, type LambdaWatch } from './lambdas.ts';
import type { MortalStack } from './stack.ts';

export type Kills = {
  lambda: number;
  stack: number;
  readonly byFunction: Map<string, number>;
  /** The most bytes that may be lost: the parts in flight of every copying Lambda that was killed. */
  bytesInFlight: number;
  /** The number of killed Initiates. Each may have left one upload whose id it had not recorded yet. */
  initiates: number;
};

export type Battlefield = {
  readonly stack: MortalStack;
  readonly watch: LambdaWatch;
  readonly chance: Chance;
  /** The most bytes that one copying Lambda of the running transfers has in flight. */
  inFlightBytes(): number;
  beforeStackKill(): Promise<void>;
  tell(sentence: string): void;
};

// A function that decides works for about 20 ms, so a random moment would rarely find it. We wait for it so long.
const WAIT_MS_MAX = 1_500;
// A Lambda never writes so much to the checkpoint, so it is in the middle of a part.
const SENDING_BYTES_MIN = MiB;
// If fewer than one of so many kills hit a kind of function, that kind is the next victim as soon as it is at work.
const KILLS_A_RARE_DEATH = 15;
const LOOK_EVERY_MS = 5;
// A Lambda was at work if it ran within this time. Another process may have its core now.
const STILL_AT_WORK_MS = 500;

/** Kills until so many are dead, or until `isOver` says that all transfers have ended. */
export async function killMany(
  field: Battlefield,
  { kills: killsWanted, stackEvery }: { kills: number; stackEvery: number },
  isOver: () => boolean,
): Promise<Kills> {
  const kills: Kills = { lambda: 0, stack: 0, byFunction: new Map(), bytesInFlight: 0, initiates: 0 };
  for (let count = 0; count < killsWanted && !isOver(); count = kills.lambda + kills.stack) {
    await after(field.chance.between(100, 500));
    const isStacksTurn = count % stackEvery === stackEvery - 1;
    const victim = isStacksTurn ? await killStack(field, kills) : await killLambda(field, kills, isOver);
    if (victim) field.tell(`kill ${kills.lambda + kills.stack} of ${killsWanted}: ${victim}`);
  }
  return kills;
}

async function killLambda(field: Battlefield, kills: Kills, isOver: () => boolean): Promise<string | undefined> {
  const victim = await victimAtWork(field, kills, isOver);
  if (!victim || !kill(victim.pid)) return undefined;
  kills.lambda += 1;
  mourn(field, kills, victim);
  return `${victim.functionName} (kill -9 ${victim.pid})`;
}

/** Kills the stack, and with it its stores and all its Lambdas. */
async function killStack(field: Battlefield, kills: Kills): Promise<string> {
  await field.beforeStackKill();
  const pid = field.stack.pid();
  const lost = field.watch.busy(STILL_AT_WORK_MS);
  for (const victim of lost) mourn(field, kills, victim);
  kills.stack += 1;
  await field.stack.kill();
  const names = lost.map(({ functionName }) => functionName).join(', ');
  return `the whole stack (kill -9 ${pid}), with ${names || 'nobody'} at work`;
}

function mourn({ inFlightBytes }: Battlefield, kills: Kills, victim: LambdaProcess): void {
  const { functionName } = victim;
  kills.byFunction.set(functionName, (kills.byFunction.get(functionName) ?? 0) + 1);
  if (isCopying(victim)) kills.bytesInFlight += inFlightBytes();
  if (functionName === 'initiate') kills.initiates += 1;
}

/**
 * Usually chooses a Lambda that sends or begins to copy, otherwise one of a kind that was rarely killed. If none of these
 * comes in time, chooses any Lambda at work.
 */
async function victimAtWork(
  field: Battlefield,
  kills: Kills,
  isOver: () => boolean,
): Promise<LambdaProcess | undefined> {
  const { watch, chance } = field;
  const rare = (each: LambdaProcess) => isRare(kills, each);
  const wanted = chance.pick([isSending, isSending, isCopying, rare, rare]);
  const deadlineMs = Date.now() + WAIT_MS_MAX;
  while (!isOver()) {
    const busy = watch.busy();
    const candidates = busy.filter(wanted);
    const others = busy.filter(isInTransfer);
    if (candidates.length === 0 && Date.now() > deadlineMs && others.length > 0) return chance.pick(others);
    if (candidates.length > 0) {
      const victim = chance.pick(candidates);
      await after(chance.between(0, workMsOf(victim)));
      if (watch.busy().some(({ pid }) => pid === victim.pid)) return victim;
    }
    await after(LOOK_EVERY_MS);
  }
  return undefined;
}

const isCopying = ({ functionName }: LambdaProcess): boolean => functionName.startsWith('copy');

const isSending = (each: LambdaProcess): boolean => isCopying(each) && bytesWrittenBy(each) >= SENDING_BYTES_MIN;

/** We call the API all the time. Without this rule, every second victim would be the API. */
const isInTransfer = ({ functionName }: LambdaProcess): boolean => functionName !== 'api';

const isRare = (kills: Kills, { functionName }: LambdaProcess): boolean =>
  (kills.byFunction.get(functionName) ?? 0) * KILLS_A_RARE_DEATH <= kills.lambda + kills.stack;

/** About how long the victim will be at work. The kill comes at a random moment of that time. A new one must start first. */
function workMsOf(victim: LambdaProcess): number {
  const startMs = Date.now() - victim.foundAtMs < 200 ? 700 : 0;
  return startMs + (isCopying(victim) ? 250 : 60);
}

/** Returns false if the process has just ended by itself. */
function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}
