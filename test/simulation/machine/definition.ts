/** The part of Amazon States Language that our state machine uses. Any other field makes a run fail. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export type Retrier = {
  readonly ErrorEquals: readonly string[];
  readonly IntervalSeconds?: number;
  readonly MaxAttempts?: number;
  readonly BackoffRate?: number;
  readonly MaxDelaySeconds?: number;
  readonly JitterStrategy?: 'FULL' | 'NONE';
};
export type Catcher = {
  readonly ErrorEquals: readonly string[];
  readonly Next: string;
  readonly ResultPath?: string | null;
};
export type State = {
  readonly Type: 'Task' | 'Choice' | 'Wait' | 'Map' | 'Pass' | 'Succeed' | 'Fail';
  readonly Next?: string;
  readonly End?: boolean;
  readonly Resource?: string;
  readonly Parameters?: { readonly FunctionName: string; readonly Payload?: Json; readonly 'Payload.$'?: string };
  /** `$.name` puts the result into this field of the input. */
  readonly ResultPath?: string | null;
  readonly ResultSelector?: JsonObject;
  readonly OutputPath?: string;
  readonly TimeoutSeconds?: number;
  readonly Retry?: readonly Retrier[];
  readonly Catch?: readonly Catcher[];
  readonly Choices?: readonly Choice[];
  readonly Default?: string;
  readonly SecondsPath?: string;
  readonly ItemsPath?: string;
  readonly ItemSelector?: JsonObject;
  readonly ItemProcessor?: Chain & { readonly ProcessorConfig: JsonObject };
  readonly MaxConcurrencyPath?: string;
  readonly Result?: Json;
  readonly ErrorPath?: string;
  readonly CausePath?: string;
};
export type Choice = {
  readonly Variable: string;
  readonly Next: string;
  readonly StringEquals?: string;
  readonly NumericGreaterThan?: number;
};
export type Chain = { readonly StartAt: string; readonly States: { readonly [name: string]: State } };

const known: Readonly<Record<State['Type'], readonly string[]>> = {
  Task: [
    ...['Resource', 'Parameters', 'ResultSelector', 'ResultPath', 'OutputPath', 'TimeoutSeconds', 'Retry', 'Catch'],
  ],
  Choice: ['Choices', 'Default'],
  Wait: ['SecondsPath'],
  Map: ['ItemsPath', 'ItemSelector', 'ItemProcessor', 'MaxConcurrencyPath', 'ResultPath'],
  Pass: ['Result'],
  Succeed: [],
  Fail: ['ErrorPath', 'CausePath'],
};

/** Throws for a field that the interpreter does not know. Otherwise it would simulate another machine. */
export function readChain(definition: unknown): Chain {
  const chain = definition as Chain;
  for (const [name, state] of Object.entries(chain.States)) {
    const strays = Object.keys(state).filter(
      (field) => !['Type', 'Next', 'End', 'Comment'].includes(field) && !known[state.Type]?.includes(field),
    );
    if (strays.length > 0) throw new Error(`The simulation does not know ${strays.join(', ')} of state "${name}".`);
    if (state.ItemProcessor) readChain(state.ItemProcessor);
  }
  return chain;
}

/** The value at a path: `$` or `$.a.b` of the input, `$$.a.b` of the context. Throws like Step Functions if there is none. */
export function at(path: string, input: Json, context: JsonObject): Json {
  const [root, ...names] = path.split('.');
  let value: Json | undefined = root === '$$' ? context : input;
  for (const name of names) value = isObject(value) ? value[name] : undefined;
  if (value === undefined) throw new StateError('States.Runtime', `There is nothing at ${path}.`);
  return value;
}

/** Fills a template: `"name.$": "$.path"` becomes `"name": value`. */
export function filled(template: Json, input: Json, context: JsonObject): Json {
  if (!isObject(template)) return template;
  return Object.fromEntries(
    Object.entries(template).map(([name, value]) =>
      name.endsWith('.$')
        ? [name.slice(0, -2), at(String(value), input, context)]
        : [name, filled(value, input, context)],
    ),
  );
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An error that a state's retriers and catchers compare by its name. */
export class StateError extends Error {
  override readonly name: string;
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

export function matches(names: readonly string[], error: StateError): boolean {
  if (error.name === 'States.Runtime') return false; // It can be neither retried nor caught, even by its name.
  return names.some(
    (name) =>
      name === error.name || name === 'States.ALL' || (name === 'States.TaskFailed' && error.name !== 'States.Timeout'),
  );
}
