import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { asObject, isObject, type JsonObject } from '../../json.ts';
import { UnsupportedDefinition } from './errors.ts';
import { mapPaths } from './paths.ts';

/**
 * We can run these fields as AWS does, and refuse every other field. aws-local-stepfunctions ignores fields that it does
 * not know (JSONata, Assign, ItemReader, HeartbeatSeconds …), and then "succeeds" with wrong data.
 */
const everyState = ['Type', 'Comment', 'QueryLanguage', 'Next', 'End', 'InputPath', 'OutputPath'];
const fieldsByType: { readonly [type: string]: readonly string[] } = {
  Task: [
    'Resource',
    'Parameters',
    'ResultSelector',
    'ResultPath',
    'Retry',
    'Catch',
    'TimeoutSeconds',
    'TimeoutSecondsPath',
  ],
  Map: [
    ...['ItemsPath', 'ItemSelector', 'Parameters', 'ItemProcessor', 'Iterator', 'MaxConcurrency', 'MaxConcurrencyPath'],
    ...['ResultSelector', 'ResultPath', 'Retry', 'Catch'],
  ],
  Pass: ['Result', 'ResultPath', 'Parameters'],
  Wait: ['Seconds', 'Timestamp', 'SecondsPath', 'TimestampPath'],
  Choice: ['Choices', 'Default'],
  Succeed: [],
  Fail: ['Error', 'Cause', 'ErrorPath', 'CausePath'],
};
const retrierFields = [
  ...['ErrorEquals', 'IntervalSeconds', 'MaxAttempts', 'BackoffRate', 'MaxDelaySeconds', 'JitterStrategy', 'Comment'],
];
const catcherFields = ['ErrorEquals', 'Next', 'ResultPath', 'Comment'];
const machineFields = ['StartAt', 'States', 'Comment', 'TimeoutSeconds', 'Version', 'QueryLanguage', 'ProcessorConfig'];
const invokeFields = ['FunctionName', 'FunctionName.$', 'Payload', 'Payload.$'];

export const LAMBDA_INVOKE = 'arn:aws:states:::lambda:invoke';

/**
 * Throws for a definition that does not run as it does on AWS, and for one that does not run at all. That takes a tenth of
 * a second, so it is done when a stack is built, and not at each start.
 */
export function judgeDefinition(definition: JsonObject): void {
  checkDefinition(definition);
  // The library's validator (asl-validator) finds wrong targets, paths and types. We do not run the machine that it
  // makes.
  new StateMachine(definition as unknown as StateMachineDefinition);
}

/** Throws UnsupportedDefinition, with a list of everything that would not run as it does on AWS. */
export function checkDefinition(definition: JsonObject): void {
  const findings = [...machineFindings(definition, 'machine')];
  if (findings.length > 0) throw new UnsupportedDefinition(findings);
}

function* machineFindings(machine: JsonObject, where: string): Generator<string> {
  yield* unknownFields(machine, machineFields, where);
  if (isObject(machine.ProcessorConfig) && (machine.ProcessorConfig.Mode ?? 'INLINE') !== 'INLINE') {
    yield `${where}: a Map in the mode ${String(machine.ProcessorConfig.Mode)}`;
  }
  yield* queryLanguageFindings(machine, where);
  for (const [name, state] of Object.entries(asObject(machine.States, `${where}: States`))) {
    yield* stateFindings(asObject(state, name), `${where} / ${name}`);
  }
}

function* stateFindings(state: JsonObject, where: string): Generator<string> {
  const fields = fieldsByType[String(state.Type)];
  if (!fields) return yield `${where}: states of type ${String(state.Type)}`;
  yield* unknownFields(state, [...everyState, ...fields], where);
  yield* queryLanguageFindings(state, where);
  yield* pathFindings(state, where);
  yield* errorFindings(state, where);
  if (state.Type === 'Task') yield* taskFindings(state, where);
  const processor = state.ItemProcessor ?? state.Iterator;
  if (isObject(processor)) yield* machineFindings(processor, where);
}

function* unknownFields(value: JsonObject, known: readonly string[], where: string): Generator<string> {
  for (const field of Object.keys(value)) if (!known.includes(field)) yield `${where}: the field ${field}`;
}

function* queryLanguageFindings({ QueryLanguage }: JsonObject, where: string): Generator<string> {
  if (QueryLanguage !== undefined && QueryLanguage !== 'JSONPath') yield `${where}: ${String(QueryLanguage)}`;
}

function* pathFindings(state: JsonObject, where: string): Generator<string> {
  const paths: string[] = [];
  mapPaths(state, (path) => {
    paths.push(path);
    return path;
  });
  // If such a path matches nothing, AWS returns [], but aws-local-stepfunctions fails the execution.
  for (const path of paths)
    if (/^\$.*(\[\*\]|\[\?|\.\.|\.\*)/.test(path)) yield `${where}: the path ${path}, which is not definite`;
  for (const field of ['ErrorPath', 'CausePath']) {
    if (String(state[field] ?? '').startsWith('States.')) yield `${where}: an intrinsic function in ${field}`;
  }
}

function* errorFindings(state: JsonObject, where: string): Generator<string> {
  const lists = [
    ['Retry', retrierFields],
    ['Catch', catcherFields],
  ] as const;
  for (const [list, fields] of lists) {
    for (const each of Array.isArray(state[list]) ? state[list] : []) {
      yield* unknownFields(asObject(each, where), fields, `${where}: ${list}`);
      if (state.Type === 'Map' && JSON.stringify(each.ErrorEquals).includes('"States.TaskFailed"')) {
        yield `${where}: States.TaskFailed on a Map`;
      }
    }
  }
}

function* taskFindings({ Resource, Parameters }: JsonObject, where: string): Generator<string> {
  if (Resource !== LAMBDA_INVOKE) return yield `${where}: the task ${String(Resource)} (only ${LAMBDA_INVOKE} is run)`;
  if (!isObject(Parameters)) return yield `${where}: lambda:invoke without Parameters`;
  yield* unknownFields(Parameters, invokeFields, `${where}: Parameters`);
  if (!('FunctionName' in Parameters) && !('FunctionName.$' in Parameters))
    yield `${where}: lambda:invoke without FunctionName`;
}
