import { type Drive, drive, type Halt } from './drive.ts';
import type { ExecutionsOptions } from './executions.ts';
import { type Ending, type Journal, openJournal, parseEntry, readJournalLines } from './journal.ts';
import type { PreparedChain } from './prepare.ts';
import type { ExecutionDescription, Records } from './record.ts';
import { replay, type Standing } from './replay.ts';
import { sleep } from './sleep.ts';
import { type StatusChange, statusChange } from './status-change.ts';

/** An execution in this process: its description, and what drives it while it runs. */
export type Live = {
  description: ExecutionDescription;
  undelivered: readonly StatusChange[];
  journal?: Journal | undefined;
  halt?: AbortController | undefined;
  driven: Promise<void>;
  delivered: Promise<void>;
};

export type Lives = {
  get(name: string): Live | undefined;
  all(): Iterable<Live>;
  start(description: ExecutionDescription): ExecutionDescription;
  redrive(live: Live): ExecutionDescription;
  recover(): Promise<void>;
  close(): Promise<void>;
};

type LivesOptions = Omit<ExecutionsOptions, 'retryFactor'> & {
  readonly now: () => number;
  readonly waitFactor: number;
  readonly chain: PreparedChain;
  readonly records: Records;
};

/** `close` aborts `closing`. After that, nothing new is driven or delivered. */
type Context = LivesOptions & { readonly closing: AbortController };

// We wait so long for a running delivery. If it takes longer, the next process repeats it.
const CLOSE_DELIVERY_MS_MAX = 2000;

export function openLives(options: LivesOptions): Lives {
  const { records } = options;
  const context: Context = { ...options, closing: new AbortController() };
  const lives = new Map<string, Live>();
  for (const { description, undelivered } of records.loadAll()) {
    lives.set(description.name, { description, undelivered, driven: Promise.resolve(), delivered: Promise.resolve() });
  }
  return {
    get: (name) => lives.get(name),
    all: () => lives.values(),
    start: (description) => {
      records.create(description.name);
      const live: Live = { description, undelivered: [], driven: Promise.resolve(), delivered: Promise.resolve() };
      lives.set(description.name, live);
      announce(context, live, description);
      begin(context, live, { redriven: false });
      return live.description;
    },
    redrive: (live) => {
      redriveFrom(context, live);
      return live.description;
    },
    recover: async () => {
      for (const live of lives.values()) {
        if (live.undelivered.length > 0) deliver(context, live);
        if (live.description.status === 'RUNNING' && !live.journal) begin(context, live, { redriven: false });
      }
    },
    close: () => close(context, [...lives.values()]),
  };
}

async function close({ closing }: Context, lives: readonly Live[]): Promise<void> {
  closing.abort();
  for (const { halt } of lives) halt?.abort({ status: 'LEFT' } satisfies Halt);
  await Promise.all(lives.map(({ driven }) => driven));
  const delivered = new AbortController();
  const all = Promise.all(lives.map((live) => live.delivered)).then(() => delivered.abort());
  await Promise.race([all, sleep(CLOSE_DELIVERY_MS_MAX, delivered.signal)]);
}

function redriveFrom(context: Context, live: Live): void {
  const { stopDate: _, output: __, error, cause: ___, ...rest } = live.description;
  const redriveDate = new Date(context.now()).toISOString();
  const redriven = { redriveCount: rest.redriveCount + 1, redriveDate };
  const journal = openJournal(context.records.journalPath(rest.name));
  journal.append({ redriven });
  // If a payload was too large, the whole Map runs again, also the iterations that succeeded (redrive-map-run.md).
  if (error === 'States.DataLimitExceeded') journal.append({ iterationsForgotten: true });
  journal.close();
  announce(context, live, { ...rest, ...redriven, status: 'RUNNING' });
  begin(context, live, { redriven: true });
}

/** Begins to drive an execution from the place that its journal shows. */
function begin(context: Context, live: Live, { redriven }: { redriven: boolean }): void {
  if (context.closing.signal.aborted) return;
  const path = context.records.journalPath(live.description.name);
  const standing = replay(readJournalLines(path).map(parseEntry));
  // The last process was killed after it wrote the end to the journal, and before it wrote the record.
  if (standing.ended) {
    conclude(context, live, standing.ended);
    return;
  }
  const journal = openJournal(path);
  const halt = new AbortController();
  Object.assign(live, { journal, halt });
  live.driven = driveToEnd(context, live, { journal, halt, standing, redriven });
}

type Hands = {
  readonly journal: Journal;
  readonly halt: AbortController;
  readonly standing: Standing;
  readonly redriven: boolean;
};

async function driveToEnd(context: Context, live: Live, hands: Hands): Promise<void> {
  const { machine, chain, invoke, waitFactor, now } = context;
  const timeout = machine.definition.TimeoutSeconds;
  const work: Drive = {
    ...hands,
    chain,
    invoke,
    waitFactor,
    now,
    description: live.description,
    machineName: machine.name,
    ...(typeof timeout === 'number' ? { timeoutSeconds: timeout } : {}),
  };
  // The caller of start gets its answer before the first state runs.
  await new Promise(setImmediate);
  const ending = await drive(work);
  hands.journal.close();
  Object.assign(live, { journal: undefined, halt: undefined });
  // We announce the end only now, because a listener may redrive at once.
  if (ending) conclude(context, live, ending);
}

function conclude(context: Context, live: Live, ending: Ending): void {
  announce(context, live, { ...live.description, ...ending });
}

/** Saves the new status together with the event that must be sent, then delivers the event. */
function announce(context: Context, live: Live, description: ExecutionDescription): void {
  live.description = description;
  live.undelivered = [...live.undelivered, statusChange(description)];
  context.records.save({ description, undelivered: live.undelivered });
  deliver(context, live);
}

function deliver(context: Context, live: Live): void {
  live.delivered = live.delivered.then(async () => {
    for (const event of live.undelivered) {
      if (context.closing.signal.aborted) return;
      try {
        await context.onStatusChange(event);
      } catch {
        // It stays undelivered on the disk, and `recover` tries it again. Later events must not overtake it.
        return;
      }
      live.undelivered = live.undelivered.filter((each) => each !== event);
      context.records.save({ description: live.description, undelivered: live.undelivered });
    }
  });
}
