import { asList, asObject } from '../json.ts';
import type { Resource, Template } from '../local/template/template.ts';
import { readApi, readMachine, readRules } from './callers.ts';
import type { Alarm, Deployment, DrawnFunction, Thing } from './deployment.ts';
import { refuseLooseEnds, refuseOtherCallers, refuseOtherRights } from './loose-ends.ts';
import { type Parts, partsOf } from './parts.ts';
import { idIn, idsIn, textOf } from './references.ts';
import { type Grant, grantsOf, touchesOf } from './rights.ts';
import { type EndpointThings, endpointThings, foreignThing, tableThing } from './things.ts';
import { functionNameOf } from './words.ts';

/** Reads everything that the picture shows. Throws if the template has something for which the picture has no place. */
export function readDeployment({ stackName, resources }: Template): Deployment {
  const parts = partsOf(resources);
  const endpoints = endpointThings(parts.take('AWS::SSM::Parameter'));
  const grants = grantsOf(parts);
  const machine = readMachine(parts.takeOne('AWS::StepFunctions::StateMachine'));
  const failures = parts.take('AWS::Lambda::EventInvokeConfig');
  const functions = parts
    .take('AWS::Lambda::Function')
    .map((resource) => readFunction(resource, { grants, endpoints, failures }));
  const owned = [...parts.take('AWS::DynamoDB::GlobalTable').map(tableThing), ...endpoints.all];
  const deployment: Deployment = {
    stackName,
    functions,
    machine,
    api: readApi(parts),
    rules: readRules(parts),
    queues: parts.take('AWS::SQS::Queue').map(({ logicalId: id, properties }) => ({
      id,
      keepsDays: Number(properties.MessageRetentionPeriod) / 86_400,
    })),
    alarms: parts.take('AWS::CloudWatch::Alarm').map(readAlarm),
    things: [...owned, ...foreignThings(functions)],
    logs: readLogs(parts),
  };
  refuseLooseEnds(deployment);
  refuseOtherCallers(parts, deployment);
  refuseOtherRights(parts, grants, deployment);
  parts.refuseLeftOver();
  return deployment;
}

type Around = {
  readonly grants: ReadonlyMap<string, readonly Grant[]>;
  readonly endpoints: EndpointThings;
  readonly failures: readonly Resource[];
};

function readFunction({ logicalId: id, properties }: Resource, { grants, endpoints, failures }: Around): DrawnFunction {
  const touches = touchesOf(grants.get(idIn(properties.Role)) ?? [], endpoints);
  const { Variables } = asObject(properties.Environment ?? {}, id);
  for (const named of Object.values(asObject(Variables ?? {}, id)).flatMap((value) => idsIn(textOf(value))))
    if (!touches.has(named)) throw new Error(`${id} has ${named} in its environment, and no right to touch it.`);
  const failure = failures.find((config) => idIn(config.properties.FunctionName) === id)?.properties.DestinationConfig;
  const { OnFailure } = asObject(failure ?? {}, id);
  return {
    id,
    name: functionNameOf(id),
    memoryMiB: Number(properties.MemorySize),
    timeoutSeconds: Number(properties.Timeout),
    isTraced: properties.TracingConfig !== undefined,
    touches,
    undeliveredTo: OnFailure === undefined ? undefined : idIn(asObject(OnFailure, id).Destination),
  };
}

function foreignThings(functions: readonly DrawnFunction[]): Thing[] {
  const ids = new Set(functions.flatMap(({ touches }) => [...touches.keys()]));
  return [...ids].flatMap((id) => foreignThing(id) ?? []);
}

function readAlarm({ logicalId: id, properties }: Resource): Alarm {
  const watched = asList(properties.Dimensions, id).map((dimension) => idIn(asObject(dimension, id).Value));
  const page = /docs\/runbook\.md#(\w+)$/.exec(String(properties.AlarmDescription))?.[1];
  if (page === undefined) throw new Error(`The picture cannot tell which page of the runbook ${id} means.`);
  return { watchedId: watched.join(), page };
}

function readLogs(parts: Parts): Deployment['logs'] {
  const groups = parts.take('AWS::Logs::LogGroup');
  const days = new Set(groups.map(({ properties }) => Number(properties.RetentionInDays)));
  return { count: groups.length, days: [...days] };
}
