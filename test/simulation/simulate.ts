import { countEvents } from '../../functions/transfer/budgets/history.ts';
import type { Attempt } from '../../functions/transfer/messages.ts';
import { furnish, happen, keepResuming } from './incidents.ts';
import { openLambda } from './lambda.ts';
import { type Json, readChain } from './machine/definition.ts';
import { type Execution, type Machine, openMachine } from './machine/executions.ts';
import type { Violation } from './model-memory.ts';
import { openPeople, type People } from './people.ts';
import { liveAndRepair } from './repair.ts';
import { drawScenario, type Scenario } from './scenario.ts';
import { conclude } from './verdict.ts';
import { openWorld, type World } from './world.ts';

// If the history has no room even for its end, HistoryFull has said so. A redrive may then overflow it.
const REDRIVEN_FULL = 24_900;

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
  /** The number of calls for which Lambda had no room. */
  throttled: number;
  virtualHours: number;
};

/** Runs the world of one seed from its beginning to the verdict. */
export async function simulate(
  definition: unknown,
  seed: number,
  change: (world: World) => void = () => {},
): Promise<Outcome> {
  const world = openWorld(seed);
  const scenario = drawScenario(world.chance.branch(), world.isOneEndpoint ? 'b' : 'a');
  change(world);
  const { machine, people } = populate(world, scenario, definition);
  try {
    furnish(world, scenario);
    world.trace.note('the world', described(world, scenario));
    people.ask(scenario.wish);
    for (const incident of scenario.incidents)
      world.scheduler.after(incident.atMs, () => happen(world, people, scenario, incident));
    if (scenario.resumesEveryMs !== undefined) keepResuming(world, people, scenario.resumesEveryMs);
    await liveAndRepair(world, machine, people, scenario);
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
      throttled: world.trace.lines().filter((line) => line.endsWith('is throttled')).length,
      virtualHours: world.scheduler.sinceMs() / 3_600_000,
    },
  };
}

function populate(world: World, scenario: Scenario, definition: unknown): { machine: Machine; people: People } {
  const { scheduler, chance, trace, model } = world;
  const transferOf = (input: Json) => (input as { transferId?: string }).transferId;
  const invoke = openLambda(world, () => machine);
  const machine: Machine = openMachine({
    chain: readChain(definition),
    scheduler,
    chance,
    trace,
    invoke: (functionName, payload) => {
      holdToHistory(world, machine, functionName, payload);
      return invoke(functionName, payload);
    },
    onEnd: (execution) => {
      world.lostTime.ended(execution.arn);
      refuseOutage(world, execution);
      people.hearOfEnd(execution);
    },
    onEntered: (execution, state, input) => {
      const { arn, redriveCount } = execution;
      world.lostTime.entered(arn, state);
      const isFirst = execution === [...machine.executions.values()][0];
      // An execution that begins in a healed world must end well, because nobody is left to resume it.
      const isLast = scheduler.sinceMs() >= world.weather.healsAtMs;
      if (state === 'Plan' && isFirst && !isLast) growOld(execution, input, scenario.eventsBefore);
      const id = transferOf(input);
      if (id !== undefined && ['Copy whole', 'Copy the parts', 'Read the parts back'].includes(state))
        model.roundBegun(id, `${arn}#${redriveCount}`, world.weather.isLambdaOut(scheduler.sinceMs()));
    },
    onHistoryFull: ({ name, events, eventsAtLife }) => {
      if (eventsAtLife < REDRIVEN_FULL) model.violated(10, `The history of ${name} has ${events} events.`);
    },
  });
  const people = openPeople(world, () => machine);
  model.watch((arn, redriveCount) =>
    [...machine.executions.values()].some(
      (each) => each.arn === arn && each.redriveCount === redriveCount && each.status === 'RUNNING',
    ),
  );
  return { machine, people };
}

/** Lets an execution seem to have many rounds behind it. The count in a state's input changes with it. */
function growOld(execution: Execution, input: Json, events: number): void {
  const more = Math.max(0, events - execution.events);
  execution.events += more;
  const { history } = input as { history?: { events: number } };
  if (history) history.events += more;
}

/** Checks that the history is not longer than a state counts, nor shorter than the state is sure of. */
function holdToHistory({ model }: World, { executions }: Machine, functionName: string, payload: Json): void {
  const name = /Functions-?(initiate|plan|complete)/.exec(functionName)?.[1];
  const attempt = payload as unknown as Attempt;
  const execution = name && [...executions.values()].find(({ arn }) => arn === attempt.execution.arn);
  const counted = execution && countEvents(attempt, { isHandedOut: name === 'complete' });
  if (!counted) return;
  const { events, assumed } = counted;
  if (execution.events > events || execution.events < events - assumed)
    model.violated(10, `${name} counts ${events} events, ${assumed} of them assumed; there are ${execution.events}.`);
}

/** Lambda lacks room for at most an hour here, and a state waits for a day. So no execution may fail because of it. */
function refuseOutage({ model }: World, { name, error }: Execution): void {
  if (error?.startsWith('Lambda.TooManyRequests')) model.violated(14, `${name} failed because Lambda had no room.`);
}

function described({ weather, target }: World, { wish, incidents }: Scenario): string {
  const spells = weather.spells.map(({ place, fault, fromMs, toMs }) => `${place} ${fault} ${fromMs}–${toMs} ms`);
  const lines = [
    `${wish.bytes} bytes, ${JSON.stringify(wish.request)}`,
    `target: ${JSON.stringify(target.manners)}`,
    `outages of Lambda: ${weather.outages.map(({ fromMs, toMs, severity }) => `${severity} of the calls ${fromMs}–${toMs} ms`).join('; ') || 'none'}`,
    `spells: ${spells.join('; ') || 'none'}; heals at ${weather.healsAtMs} ms`,
    `incidents: ${incidents.map(({ atMs, kind }) => `${kind} at ${atMs} ms`).join('; ') || 'none'}`,
  ];
  return lines.join('\n                                ');
}
