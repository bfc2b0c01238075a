import { faultModel } from './fault-model.ts';
import { furnish, furnishLast, happen } from './incidents.ts';
import { openLambda } from './lambda.ts';
import { type Json, readChain } from './machine/definition.ts';
import { type Machine, openMachine } from './machine/executions.ts';
import type { Violation } from './model-memory.ts';
import { openPeople, type People } from './people.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { conclude } from './verdict.ts';
import { openWorld, type World } from './world.ts';

export type Outcome = {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly traceHash: string;
  readonly trace: readonly string[];
  readonly counts: Counts;
};
export type Counts = {
  transfers: number;
  copied: number;
  aborted: number;
  executions: number;
  orphans: number;
  virtualHours: number;
};

/** The world of one seed, from its beginning to the verdict. */
export async function simulate(
  definition: unknown,
  seed: number,
  change: (world: World) => void = () => {},
): Promise<Outcome> {
  const world = openWorld(seed);
  const scenario = drawScenario(world.chance.branch());
  change(world);
  const { machine, people } = populate(world, scenario, definition);
  try {
    furnish(world, scenario);
    world.trace.note('the world', described(world, scenario));
    people.ask(scenario.wish);
    for (const incident of scenario.incidents)
      world.scheduler.after(incident.atMs, () => happen(world, people, scenario, incident));
    await live(world, machine, people, scenario);
  } finally {
    world.processes.close();
  }
  const { orphans } = conclude(world);
  const states = [...world.table.headers.values()].map(({ transfer }) => transfer.state);
  return {
    seed,
    violations: world.model.violations,
    traceHash: world.trace.hash(),
    trace: world.trace.lines(),
    counts: {
      transfers: states.length,
      copied: states.filter((state) => state === 'copied').length,
      aborted: states.filter((state) => state === 'aborted').length,
      executions: machine.executions.size,
      orphans,
      virtualHours: world.scheduler.sinceMs() / 3_600_000,
    },
  };
}

function populate(world: World, scenario: Scenario, definition: unknown): { machine: Machine; people: People } {
  const { scheduler, chance, trace, model } = world;
  const transferOf = (input: Json) => (input as { transferId?: string }).transferId;
  const machine: Machine = openMachine({
    chain: readChain(definition),
    scheduler,
    chance,
    trace,
    eventsAtFirst: scenario.eventsAtFirst,
    invoke: openLambda(world, () => machine),
    onEnd: (execution) => people.hearOfEnd(execution),
    onEntered: ({ arn, redriveCount }, state, input) => {
      const id = transferOf(input);
      if (id !== undefined && (state === 'Copy whole' || state === 'Copy the parts'))
        model.roundBegun(id, `${arn}#${redriveCount}`);
    },
    onHistoryFull: ({ name, events }) => model.violated(10, `The history of ${name} has ${events} events.`),
  });
  const people = openPeople(world, () => machine);
  return { machine, people };
}

/** Lets things go wrong; then heals the world, and lets a person repair what is left. */
async function live(world: World, machine: Machine, people: People, scenario: Scenario): Promise<void> {
  const { scheduler, weather, model, trace, table } = world;
  let healed = false;
  scheduler.after(weather.healsAtMs, () => {
    healed = true;
    weather.heal();
    trace.note('the world', 'heals');
  });
  const isQuiet = () => healed && machine.running() === 0 && world.processes.living() === 0 && people.pending() === 0;
  const settle = async () => {
    if (await scheduler.run(isQuiet, faultModel.eventsMax))
      return isQuiet() || fail('nothing is due, yet something runs');
    return fail(`it does not come to rest within ${faultModel.eventsMax} events`);
  };
  const fail = (text: string) => {
    model.violated(5, text);
    return false;
  };
  const waiting = () =>
    [...table.headers.values()]
      .map(({ transfer }) => transfer)
      .filter(({ state }) => state !== 'copied' && state !== 'aborted');
  if (!(await settle())) return;
  if (table.headers.size === 0) people.ask(scenario.wish);
  for (let tries = 0; tries < 8; tries += 1) {
    if (!(await settle())) return;
    const left = waiting();
    if (left.length === 0) return;
    // What cannot end copied is given up at last; the verdict asks whether that had a reason.
    for (const { transferId } of left) (tries < 6 ? people.resume : people.cancel)(transferId);
    await scheduler.run(() => world.processes.living() === 0, faultModel.eventsMax);
  }
  await settle();
  // A key whose lock was left by a request that died must not be closed for whoever comes next.
  if (table.locks.size > 0 && waiting().length === 0) {
    furnishLast(world, people, [...table.locks.keys()]);
    await settle();
  }
}

function described({ weather, target }: World, { wish, incidents }: Scenario): string {
  const spells = weather.spells.map(({ place, fault, fromMs, toMs }) => `${place} ${fault} ${fromMs}–${toMs} ms`);
  const lines = [
    `${wish.bytes} bytes, ${JSON.stringify(wish.request)}`,
    `target: ${JSON.stringify(target.manners)}`,
    `spells: ${spells.join('; ') || 'none'}; heals at ${weather.healsAtMs} ms`,
    `incidents: ${incidents.map(({ atMs, kind }) => `${kind} at ${atMs} ms`).join('; ') || 'none'}`,
  ];
  return lines.join('\n                                ');
}
