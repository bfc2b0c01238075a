import type { Transfer } from '../../functions/transfer/transfer.ts';
import { faultModel } from './fault-model.ts';
import { furnishLast } from './incidents.ts';
import type { Machine } from './machine/executions.ts';
import type { People } from './people.ts';
import type { Scenario, Wish } from './scenario.ts';
import { judgeLocks } from './verdict.ts';
import type { World } from './world.ts';

const RESUMES_MAX = 4;
const CANCELS_MAX = 2;

/** Lets the faults happen and then heals the world. Then a person does what the documentation says until all ends. */
export async function liveAndRepair(world: World, machine: Machine, people: People, scenario: Scenario): Promise<void> {
  const { scheduler, weather, trace, table } = world;
  let isHealed = false;
  scheduler.after(weather.healsAtMs, () => {
    isHealed = true;
    weather.heal();
    trace.note('the world', 'heals');
  });
  const isQuiet = () => isHealed && machine.running() === 0 && world.processes.living() === 0 && people.pending() === 0;
  if (!(await comesToRest(world, isQuiet))) return;
  if (table.headers.size === 0) people.ask(scenario.wish);
  if (!(await comesToRest(world, isQuiet))) return;
  for (let tries = 0; tries < RESUMES_MAX + CANCELS_MAX; tries += 1) {
    if (tries === RESUMES_MAX) refuseToBeStuck(world);
    // The person resumes one after the other. Two at once for the same key would refuse each other.
    for (const { transferId, request, cancelRequested } of waiting(world)) {
      const wish = pushOf(scenario, request);
      if (tries >= RESUMES_MAX || cancelRequested) people.cancel(transferId);
      else if (wish) people.ask(wish);
      else people.resume(transferId);
      await scheduler.run(() => world.processes.living() === 0, faultModel.eventsMax);
      if (!(await comesToRest(world, isQuiet))) return;
    }
  }
  judgeLocks(world);
  // A request that died may have left a lock. The next transfer must still get that key.
  if (waiting(world).length === 0) furnishLast(world, people, [...table.locks.keys()]);
  await comesToRest(world, isQuiet);
}

/** A push whose header was written late has no key. If its client died before it heard that, the sweep ends it. */
function isLeftToTheSweep({ table }: World, transferId: string, state: Transfer['state']): boolean {
  return state === 'pushing' && ![...table.locks.values()].includes(transferId);
}

/** The wish behind a push. To resume it, its client gives the same command again. */
function pushOf({ wish, rival }: Scenario, { source }: Transfer['request']): Wish | undefined {
  if (!('client' in source)) return undefined;
  return [wish, rival].find(({ sourceKey }) => sourceKey === source.client.name);
}

async function comesToRest({ scheduler, model }: World, isQuiet: () => boolean): Promise<boolean> {
  const ended = await scheduler.run(isQuiet, faultModel.eventsMax);
  if (ended && isQuiet()) return true;
  model.violated(
    5,
    ended ? 'Nothing is due, yet something runs.' : `It takes more than ${faultModel.eventsMax} events.`,
  );
  return false;
}

function waiting({ table }: World): Transfer[] {
  return [...table.headers.values()]
    .map(({ transfer }) => transfer)
    .filter(({ state }) => state !== 'copied' && state !== 'aborted');
}

/** In a healed world only a refusal may keep a transfer from its end. Such a transfer is then cancelled. */
function refuseToBeStuck(world: World): void {
  for (const { transferId, state, failure } of waiting(world)) {
    if (failure?.name !== 'TargetExists' && !isLeftToTheSweep(world, transferId, state))
      world.model.violated(5, `Transfer ${transferId} is ${state} for good: ${failure?.name}: ${failure?.message}`);
  }
}
