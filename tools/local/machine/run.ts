import type { JsonObject } from '../../json.ts';
import type { History, Thread } from './history.ts';

/** A Lambda's answer. A throttle is not a function error: the function was never called. */
export type InvokeOutcome =
  | { readonly payload: unknown }
  | { readonly functionError: { readonly errorType: string; readonly errorMessage: string; readonly trace?: unknown } }
  | { readonly throttled: string };

/** The caller, and how the call waits in line where functions wait for their turn on this computer. */
export type Turn = {
  /** The service that invokes. The line orders calls by it: a person waits at the API, but an execution takes hours. */
  readonly by: 'apigateway' | 'events' | 'states';
  /** The execution that the work belongs to, and when it began. */
  readonly execution?: { readonly name: string; readonly startedAtMs: number };
  /** Aborted when nobody waits for the call any more. If it has not begun, it never will. */
  readonly signal?: AbortSignal;
  /** Called when the call has to wait, and again when the function takes it. Both come before `invoke` returns. */
  readonly onWait?: () => void;
  readonly onBegin?: () => void;
};

/** May be called twice for the same work: retries, redrives and recoveries repeat a task. */
export type Invoke = (functionName: string, payload: unknown, turn?: Turn) => Promise<InvokeOutcome>;

/** What all states of one execution share. */
export type Run = {
  readonly context: JsonObject;
  readonly execution: NonNullable<Turn['execution']>;
  readonly history: History;
  readonly invoke: Invoke;
  readonly waitFactor: number;
  readonly now: () => number;
};

/** Where in the execution a state runs: at the top, or in an iteration of a Map. */
export type Scope = {
  readonly thread: Thread;
  readonly signal: AbortSignal;
  /** `$$.Map` inside iterations. */
  readonly map?: JsonObject;
  readonly iterations?: IterationLog;
};

/** Remembers the finished iterations of a Map at the top, so that a redrive or a recovery runs only the others. */
export type IterationLog = {
  finished(index: number): { readonly output: unknown } | undefined;
  add(index: number, output: unknown): void;
  /** A Retry of the Map itself runs all of its iterations again. */
  forget(): void;
};
