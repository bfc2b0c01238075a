import type { JsonObject } from '../../json.ts';
import { runChain } from './chain.ts';
import { Halted, StateError } from './errors.ts';
import { type History, openHistory, payload, type Thread } from './history.ts';
import type { Ending, Journal } from './journal.ts';
import type { PreparedChain } from './prepare.ts';
import type { ExecutionDescription } from './record.ts';
import type { Standing } from './replay.ts';
import type { Invoke, IterationLog, Run } from './run.ts';
import { sleep } from './sleep.ts';

/** Why the drive of an execution stops before its last state. */
export type Halt =
  | { readonly status: 'ABORTED'; readonly error?: string; readonly cause?: string }
  | { readonly status: 'TIMED_OUT' }
  /** This process ends, and the next one continues. It records nothing. */
  | { readonly status: 'LEFT' };

export type Drive = {
  readonly description: ExecutionDescription;
  readonly machineName: string;
  readonly chain: PreparedChain;
  readonly timeoutSeconds?: number;
  readonly journal: Journal;
  readonly standing: Standing;
  /** This drive begins a redrive. */
  readonly redriven: boolean;
  readonly invoke: Invoke;
  readonly waitFactor: number;
  readonly now: () => number;
  readonly halt: AbortController;
};

/** Drives an execution to its end or until it is halted. Undefined if the next process will continue it. */
export async function drive(drive: Drive): Promise<Ending | undefined> {
  const { journal, standing, halt, now } = drive;
  const thread: Thread = { previousEventId: standing.lastEventId };
  // After LEFT we write nothing more, because the next process will do that work again and write it.
  const isLeft = () => (halt.signal.reason as Halt | undefined)?.status === 'LEFT';
  const history = openHistory(standing.eventCount, (event) => isLeft() || journal.append({ event }), now);
  if (standing.eventCount === 0) {
    const executionStartedEventDetails = payload('input', JSON.stringify(drive.description.input));
    history.record(thread, 'ExecutionStarted', { executionStartedEventDetails });
  }
  if (drive.redriven) {
    const { redriveCount } = drive.description;
    history.record(thread, 'ExecutionRedriven', { executionRedrivenEventDetails: { redriveCount } });
  }
  const ending = await withTimeout(drive, () => runToEnd(drive, history, thread));
  // If the end came after LEFT, the next process reaches it again.
  if (ending === undefined || isLeft()) return undefined;
  recordEnd(history, thread, ending);
  journal.append({ ended: ending });
  journal.flush();
  return ending;
}

async function withTimeout(drive: Drive, run: () => Promise<Ending | undefined>): Promise<Ending | undefined> {
  const { timeoutSeconds, description, now, halt } = drive;
  if (timeoutSeconds === undefined) return run();
  // A redrive starts the clock again. A recovery does not.
  const beganMs = Date.parse(description.redriveDate ?? description.startDate);
  const over = new AbortController();
  const alarm = sleep(beganMs + timeoutSeconds * 1000 - now(), over.signal).then(() => {
    if (!over.signal.aborted) halt.abort({ status: 'TIMED_OUT' } satisfies Halt);
  });
  try {
    return await run();
  } finally {
    over.abort();
    await alarm;
  }
}

async function runToEnd(drive: Drive, history: History, thread: Thread): Promise<Ending | undefined> {
  const stopDate = () => new Date(drive.now()).toISOString();
  try {
    const output = await runTop(drive, history, thread);
    return { status: 'SUCCEEDED', output, stopDate: stopDate() };
  } catch (error) {
    const halt = drive.halt.signal.aborted ? (drive.halt.signal.reason as Halt) : undefined;
    if (halt?.status === 'LEFT') return undefined;
    // Halted means that the halt stopped the state. If the state failed before that, the execution has failed.
    if (halt && error instanceof Halted) return { ...halt, stopDate: stopDate() };
    if (error instanceof StateError)
      return { status: 'FAILED', error: error.name, cause: error.message, stopDate: stopDate() };
    throw error;
  }
}

function runTop(drive: Drive, history: History, thread: Thread): Promise<unknown> {
  const { journal, standing, halt, description } = drive;
  const run: Run = {
    context: executionContext(drive),
    execution: { name: description.name, startedAtMs: Date.parse(description.startDate) },
    history,
    invoke: drive.invoke,
    waitFactor: drive.waitFactor,
    now: drive.now,
  };
  const left = () => (halt.signal.reason as Halt | undefined)?.status === 'LEFT';
  const { current } = standing;
  return runChain(run, {
    chain: drive.chain,
    scope: { thread, signal: halt.signal, iterations: iterationLog(drive, left) },
    input: current ? current.input : description.input,
    ...(current ? { resume: resumeOf(drive, current) } : {}),
    log: {
      entered: (state, input, atMs) => {
        if (left()) throw new Halted();
        standing.iterations.clear();
        journal.append({ entered: { state, input, atMs } });
        // We flush before the state's work begins, so that a recovery knows about all work that has begun.
        journal.flush();
      },
    },
  });
}

/** On AWS a redriven Task or Map continues without a second Entered event. Other states are entered again. */
function resumeOf({ chain, redriven, now }: Drive, current: NonNullable<Standing['current']>) {
  const type = chain.states.get(current.state)?.type;
  const recordEntry = redriven && type !== 'Task' && type !== 'Map';
  return { state: current.state, enteredAtMs: recordEntry ? now() : current.atMs, recordEntry };
}

function iterationLog({ standing, journal }: Drive, left: () => boolean): IterationLog {
  return {
    finished: (index) => (standing.iterations.has(index) ? { output: standing.iterations.get(index) } : undefined),
    add: (index, output) => {
      if (left()) return;
      standing.iterations.set(index, output);
      journal.append({ iteration: { index, output } });
    },
    forget: () => {
      standing.iterations.clear();
      journal.append({ iterationsForgotten: true });
    },
  };
}

function executionContext({ description, machineName }: Drive): JsonObject {
  const { executionArn, input, name, startDate, redriveCount, redriveDate, stateMachineArn } = description;
  return {
    Execution: {
      Id: executionArn,
      Input: input,
      Name: name,
      StartTime: startDate,
      RedriveCount: redriveCount,
      ...(redriveDate === undefined ? {} : { RedriveTime: redriveDate }),
    },
    StateMachine: { Id: stateMachineArn, Name: machineName },
  };
}

function recordEnd(history: History, thread: Thread, ending: Ending): void {
  const suffix = { SUCCEEDED: 'Succeeded', FAILED: 'Failed', TIMED_OUT: 'TimedOut', ABORTED: 'Aborted' }[ending.status];
  const details =
    ending.status === 'SUCCEEDED'
      ? payload('output', JSON.stringify(ending.output ?? null))
      : { error: ending.error, cause: ending.cause };
  history.recordLast(thread, `Execution${suffix}`, { [`execution${suffix}EventDetails`]: details });
}
