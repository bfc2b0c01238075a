import type { FunctionName } from '../../infra/function-calls.ts';

/** What a function may do to a thing. With the keys in a secret it may do what the store allows these keys. */
export type Touch = 'reads' | 'writes' | 'by keys';

export type DrawnFunction = {
  readonly id: string;
  readonly name: FunctionName;
  readonly memoryMiB: number;
  readonly timeoutSeconds: number;
  readonly isTraced: boolean;
  /** By the id of the thing. The state machine and the queues are also things. */
  readonly touches: ReadonlyMap<string, Touch>;
  /** The queue that gets what the function failed to handle. */
  readonly undeliveredTo: string | undefined;
};

export type Machine = {
  readonly id: string;
  /** The ids in the order of the definition. */
  readonly functionIds: readonly string[];
  /** The functions that a Map calls, many at once. */
  readonly manyAtOnce: ReadonlySet<string>;
};

export type Api = {
  readonly id: string;
  /** How many routes call a function, by its id. */
  readonly routes: ReadonlyMap<string, number>;
  readonly authorizations: readonly string[];
};

export type Rule = {
  readonly id: string;
  /** A schedule, or the events that the rule waits for: their source, their type, and what narrows them down. */
  readonly schedule: string | undefined;
  readonly source: string | undefined;
  readonly title: string;
  readonly lines: readonly string[];
  /** The resources of this stack whose events it gets. */
  readonly hears: readonly string[];
  readonly targetId: string;
  readonly undeliveredTo: string | undefined;
};

export type Queue = { readonly id: string; readonly keepsDays: number };

export type Alarm = {
  readonly watchedId: string;
  /** The section of docs/runbook.md that says what to do. */
  readonly page: string;
};

export type ThingKind = 'table' | 'endpoints' | 'secret' | 'bus' | 'store';

/** Something that functions touch. The picture draws things that the stack does not own outside of it. */
export type Thing = {
  readonly id: string;
  readonly kind: ThingKind;
  readonly title: string;
  readonly lines: readonly string[];
  readonly isOwned: boolean;
};

/** What the picture shows, in the order of the template. */
export type Deployment = {
  readonly stackName: string;
  readonly functions: readonly DrawnFunction[];
  readonly machine: Machine;
  readonly api: Api;
  readonly rules: readonly Rule[];
  readonly queues: readonly Queue[];
  readonly alarms: readonly Alarm[];
  readonly things: readonly Thing[];
  readonly logs: { readonly count: number; readonly days: readonly number[] };
};
