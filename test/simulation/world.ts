import { type Chance, chanceOf } from './chance.ts';
import { openTable, type Table } from './checkpoints-port.ts';
import { drawWeather, type Weather } from './fault-model.ts';
import { type LostTime, openLostTime } from './lost-time.ts';
import { type Model, openModel } from './model.ts';
import { type Network, openNetwork } from './network.ts';
import { openProcesses, type Process, type Processes } from './process.ts';
import { openScheduler, type Scheduler } from './scheduler.ts';
import { type Manners, openStore, type Store, type StoredObject } from './store.ts';
import { openTrace, type Trace } from './trace.ts';

/** The world of one seed: a clock, a weather, two stores, a table, and a model that watches. */
export type World = {
  readonly chance: Chance;
  readonly scheduler: Scheduler;
  readonly weather: Weather;
  readonly trace: Trace;
  readonly processes: Processes;
  readonly network: Network;
  readonly source: Store;
  readonly target: Store;
  /** Whether source and target are at the same endpoint, so that the store may copy by itself. */
  readonly isOneEndpoint: boolean;
  /** Whether the target compares a part with its signed CRC32. */
  readonly checksParts: boolean;
  readonly table: Table;
  readonly model: Model;
  readonly lostTime: LostTime;
  sleep(process: Process, ms: number): Promise<void>;
  /** The object at the target as others see it, which may be late. */
  seen(key: string): StoredObject | undefined;
  /** Lets others see `before` for a while. */
  showLate(key: string, before: StoredObject | undefined): void;
};

// Outages have their own source of chance, so that the other draws of a seed stay the same.
const OUTAGES = 0x6c616d62;
const PUSHES = 0x70757368;

export function openWorld(seed: number): World {
  const chance = chanceOf(seed);
  const scheduler = openScheduler(chance.branch());
  const weather = drawWeather(chance.branch(), chanceOf(seed ^ OUTAGES));
  const trace = openTrace(scheduler.sinceMs);
  const { isOneEndpoint, copies } = drawCopies(chanceOf(~seed));
  const source = openStore({ ...drawManners(chance), copies, etags: 'md5' }, chance.branch(), scheduler.nowMs);
  const target = openStore({ ...drawManners(chance), copies }, chance.branch(), scheduler.nowMs);
  const table = openTable();
  const lostTime: LostTime = openLostTime(weather.outages, () => processes.living());
  scheduler.watch(lostTime.advance);
  const model = openModel({
    table,
    target,
    nowMs: scheduler.nowMs,
    lostMs: lostTime.ms,
    note: ({ invariant, text }) => trace.note('MODEL', `invariant ${invariant}: ${text}`),
  });
  const late = new Map<string, { readonly before: StoredObject | undefined; readonly untilMs: number }>();
  const surroundings = { scheduler, chance: chance.branch(), weather, trace };
  const processes = openProcesses({ ...surroundings, violated: (text) => model.violated(12, text) });
  return {
    ...surroundings,
    processes,
    lostTime,
    source,
    target,
    isOneEndpoint,
    checksParts: chanceOf(seed ^ PUSHES).happens(0.5),
    table,
    model,
    network: openNetwork(surroundings),
    sleep: (process, ms) =>
      new Promise((resolve) => {
        scheduler.after(ms, () => process.isAlive() && resolve());
      }),
    seen: (key) => {
      const shown = late.get(key);
      return shown && shown.untilMs > scheduler.nowMs() ? shown.before : target.objects.get(key);
    },
    showLate: (key, before) => {
      const forMs = weather.seenLateMs();
      if (forMs > 0) trace.note('target', `shows the new object at ${key} only after ${forMs} ms`);
      late.set(key, { before, untilMs: scheduler.nowMs() + forMs });
    },
  };
}

function drawCopies(chance: Chance): Pick<World, 'isOneEndpoint'> & Pick<Manners, 'copies'> {
  return {
    isOneEndpoint: chance.happens(0.4),
    copies: chance.pick(['pinned', 'whatever', 'whatever', 'refuses'] as const),
  };
}

function drawManners(chance: Chance): Omit<Manners, 'copies'> {
  return {
    etags: chance.happens(0.75) ? 'md5' : 'opaque',
    completesTwice: chance.happens(0.5),
    guardsOverwrite: chance.happens(0.7),
    listsParts: chance.happens(0.85),
    publishesCrcs: chance.happens(0.5),
  };
}
