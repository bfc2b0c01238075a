import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../json.ts';
import { arnOf } from '../template/physical.ts';
import { ExecutionRefused, payloadText } from './errors.ts';
import { HISTORY_EVENTS_MAX, type HistoryEvent } from './history.ts';
import { isEventLine, parseEntry, readJournalLines } from './journal.ts';
import { type Live, openLives } from './lives.ts';
import { type Page, pageOf } from './page.ts';
import { prepareChain } from './prepare.ts';
import { type ExecutionDescription, type ExecutionStatus, openRecords } from './record.ts';
import type { Invoke } from './run.ts';
import type { StatusChange } from './status-change.ts';

export type ExecutionsOptions = {
  readonly directory: string;
  readonly machine: { readonly arn: string; readonly name: string; readonly definition: JsonObject };
  readonly invoke: Invoke;
  /**
   * Gets each event at least once, and the events of one execution in order. If it rejects, the next `recover` tries
   * again.
   */
  readonly onStatusChange: (event: StatusChange) => Promise<void> | void;
  /** Factors for waits and retry intervals: 1 is real time, 0 is no wait. */
  readonly waitFactor?: number;
  readonly retryFactor?: number;
  readonly now?: () => number;
};

/** The executions of one state machine, which are stored on disk. All methods take names and ARNs. */
export type Executions = {
  readonly stateMachineArn: string;
  /**
   * If an execution with this name and input runs, returns that execution. Otherwise throws ExecutionAlreadyExists if the
   * name is taken.
   */
  start(request: { readonly name?: string; readonly input?: unknown }): ExecutionDescription;
  describe(nameOrArn: string): ExecutionDescription;
  list(request?: {
    readonly status?: ExecutionStatus;
    readonly max?: number;
    readonly nextToken?: string;
  }): Page<ExecutionDescription>;
  /** Changes nothing if the execution has ended. */
  stop(nameOrArn: string, reason?: { readonly error?: string; readonly cause?: string }): Promise<ExecutionDescription>;
  /** Runs the state again that was entered and not exited. Throws ExecutionNotRedrivable if there is none. */
  redrive(nameOrArn: string): ExecutionDescription;
  history(nameOrArn: string, request?: HistoryRequest): Page<HistoryEvent>;
  /**
   * Continues executions that were RUNNING when the last process ended, and delivers events that it had not delivered. Call
   * it once, at the start.
   */
  recover(): Promise<void>;
  /** Resolves when the execution is no longer RUNNING and its status change has been delivered. */
  settled(nameOrArn: string): Promise<ExecutionDescription>;
  /** Stops driving. Executions that run stay RUNNING for the next `recover`. */
  close(): Promise<void>;
};

type HistoryRequest = { readonly reverse?: boolean; readonly max?: number; readonly nextToken?: string };

// "Within 14 days after the completion of the execution", redrive-executions.md of the Step Functions guide.
const REDRIVE_MS_MAX = 14 * 24 * 3600 * 1000;

export function openExecutions(options: ExecutionsOptions): Executions {
  const { directory, machine, now = Date.now } = options;
  const chain = prepareChain(machine.definition, options.retryFactor ?? 1);
  const records = openRecords(directory);
  const { waitFactor = 1 } = options;
  const lives = openLives({ ...options, now, chain, records, waitFactor });
  const find = (nameOrArn: string) => existing(nameOrArn, lives.get(nameOrArn.slice(nameOrArn.lastIndexOf(':') + 1)));
  return {
    stateMachineArn: machine.arn,
    start: ({ name = randomUUID(), input = {} }) => {
      checkStart(name, input);
      const known = lives.get(name);
      if (known) return sameExecution(known.description, input);
      const description = newDescription(machine, { name, input, startDate: isoDate(now) });
      return lives.start(description);
    },
    describe: (nameOrArn) => find(nameOrArn).description,
    list: ({ status, ...page } = {}) => {
      const all = [...lives.all()].map(({ description }) => description);
      const chosen = status === undefined ? all : all.filter((each) => each.status === status);
      return pageOf(chosen.sort(latestFirst), page);
    },
    stop: async (nameOrArn, reason = {}) => {
      const live = find(nameOrArn);
      live.halt?.abort({ status: 'ABORTED', ...reason });
      await live.driven;
      return live.description;
    },
    redrive: (nameOrArn) => {
      const live = find(nameOrArn);
      checkRedrive(live.description, now(), records.journalPath(live.description.name));
      return lives.redrive(live);
    },
    history: (nameOrArn, request = {}) => {
      const live = find(nameOrArn);
      live.journal?.flush();
      return historyIn(records.journalPath(live.description.name), request);
    },
    recover: lives.recover,
    settled: async (nameOrArn) => {
      const live = find(nameOrArn);
      await live.driven;
      await live.delivered;
      return live.description;
    },
    close: lives.close,
  };
}

function existing(nameOrArn: string, live: Live | undefined): Live {
  if (live && (live.description.name === nameOrArn || live.description.executionArn === nameOrArn)) return live;
  throw new ExecutionRefused('ExecutionDoesNotExist', `Execution Does Not Exist: '${nameOrArn}'`);
}

const isoDate = (now: () => number): string => new Date(now()).toISOString();
const latestFirst = (a: ExecutionDescription, b: ExecutionDescription): number =>
  b.startDate.localeCompare(a.startDate);

function historyIn(journalPath: string, { reverse = false, ...page }: HistoryRequest): Page<HistoryEvent> {
  const lines = readJournalLines(journalPath).filter(isEventLine);
  const { items, ...rest } = pageOf(reverse ? lines.reverse() : lines, page);
  return { items: items.map(eventOf), ...rest };
}

function eventOf(line: string): HistoryEvent {
  const entry = parseEntry(line);
  if ('event' in entry) return entry.event;
  throw new TypeError(`not an event: ${line}`);
}

function checkStart(name: string, input: unknown): void {
  // The name becomes the name of a folder, so we also refuse "." and "..".
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,79}$/.test(name))
    throw new ExecutionRefused('InvalidName', `Invalid Name: '${name}'`);
  try {
    payloadText(input, 'input of the execution');
  } catch (error) {
    throw new ExecutionRefused('InvalidExecutionInput', String(error));
  }
}

function sameExecution(known: ExecutionDescription, input: unknown): ExecutionDescription {
  if (known.status === 'RUNNING' && JSON.stringify(known.input) === JSON.stringify(input)) return known;
  throw new ExecutionRefused('ExecutionAlreadyExists', `Execution Already Exists: '${known.executionArn}'`);
}

function newDescription(
  machine: ExecutionsOptions['machine'],
  given: Pick<ExecutionDescription, 'name' | 'input' | 'startDate'>,
): ExecutionDescription {
  const executionArn = arnOf('states', `execution:${machine.name}:${given.name}`);
  return { ...given, executionArn, stateMachineArn: machine.arn, status: 'RUNNING', redriveCount: 0 };
}

function checkRedrive(description: ExecutionDescription, nowMs: number, journalPath: string): void {
  const { executionArn, status, stopDate = '' } = description;
  const refuse = (why: string) =>
    new ExecutionRefused('ExecutionNotRedrivable', `${executionArn} cannot be redriven: ${why}`);
  if (status === 'RUNNING' || status === 'SUCCEEDED') throw refuse(`its status is ${status}`);
  if (nowMs - Date.parse(stopDate) > REDRIVE_MS_MAX) throw refuse('it ended more than 14 days ago');
  const eventCount = readJournalLines(journalPath).filter(isEventLine).length;
  if (eventCount >= HISTORY_EVENTS_MAX - 1) throw refuse('its history is full');
}
