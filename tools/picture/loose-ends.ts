import { isObject } from '../json.ts';
import type { Deployment, Machine } from './deployment.ts';
import type { Parts } from './parts.ts';
import { idIn, idsIn, listOf, objectsIn, textOf } from './references.ts';
import type { Grant } from './rights.ts';

/** Throws for an arrow that begins or ends at something that is not drawn, and for a function that nobody calls. */
export function refuseLooseEnds({ functions, machine, api, rules, queues, alarms, things }: Deployment): void {
  const refuse = (what: string, ids: readonly (string | undefined)[], drawn: readonly string[]) => {
    const lost = ids.filter((id) => id !== undefined && !drawn.includes(id));
    if (lost.length > 0) throw new Error(`The picture does not show ${what}: ${lost.join(', ')}.`);
  };
  const functionIds = functions.map(({ id }) => id);
  const queueIds = queues.map(({ id }) => id);
  const targets = rules.map(({ targetId }) => targetId);
  const callable = [...functionIds, machine.id];
  refuse('what the API calls', [...api.routes.keys()], functionIds);
  refuse('what the machine calls', machine.functionIds, functionIds);
  refuse('what a rule calls', targets, callable);
  refuse('who calls', functionIds, [...api.routes.keys(), ...machine.functionIds, ...targets]);
  const heard = rules.flatMap(({ hears }) => hears);
  refuse('what a rule hears', heard, [machine.id]);
  const undelivered = [...rules, ...functions].map(({ undeliveredTo }) => undeliveredTo);
  refuse('where events go', undelivered, queueIds);
  const watched = alarms.map(({ watchedId }) => watchedId);
  refuse('what an alarm watches', watched, [...callable, ...queueIds]);
  const touchable = [...things.map(({ id }) => id), machine.id];
  for (const { id, touches, undeliveredTo } of functions)
    refuse(`what ${id} may touch`, [...touches.keys()], undeliveredTo ? [...touchable, undeliveredTo] : touchable);
}

/** A permission or a queue's policy describes an arrow from its end. Throws for an arrow that is not drawn. */
export function refuseOtherCallers(parts: Parts, { api, rules }: Deployment): void {
  const refuse = (id: string, callers: readonly string[], isDrawn: (callerId: string) => boolean) => {
    if (callers.length === 0 || !callers.every(isDrawn)) throw new Error(`The picture does not show who uses ${id}.`);
  };
  for (const { logicalId, properties } of parts.take('AWS::Lambda::Permission')) {
    const functionId = idIn(properties.FunctionName);
    const isCalledBy = (id: string) =>
      (id === api.id && api.routes.has(functionId)) ||
      rules.some((rule) => rule.id === id && rule.targetId === functionId);
    refuse(logicalId, idsIn(textOf(properties.SourceArn)), isCalledBy);
  }
  for (const { logicalId, properties } of parts.take('AWS::SQS::QueuePolicy')) {
    const queues = listOf(properties.Queues).map(idIn);
    const isFilledBy = (id: string) =>
      rules.some(({ id: ruleId, undeliveredTo }) => ruleId === id && queues.includes(undeliveredTo ?? ''));
    const statements = objectsIn(properties.PolicyDocument).flatMap(({ Statement }) => objectsIn(Statement));
    for (const { Condition } of statements.filter(({ Effect }) => Effect === 'Allow'))
      refuse(logicalId, idsBelow(Condition), isFilledBy);
  }
}

function idsBelow(value: unknown): string[] {
  if (!isObject(value)) return listOf(value).filter(isObject).flatMap(idsBelow);
  const isReference = Object.keys(value).some((key) => key === 'Ref' || key.startsWith('Fn::'));
  return isReference ? idsIn(textOf(value)) : Object.values(value).flatMap(idsBelow);
}

/**
 * The roles of the machine and of the rules have the rights for their arrows. Throws for any other right, for an arrow
 * without its right, and for a role that nobody has.
 */
export function refuseOtherRights(
  parts: Parts,
  grants: ReadonlyMap<string, readonly Grant[]>,
  { machine }: Deployment,
): void {
  const ofFunctions = parts.take('AWS::Lambda::Function').map(({ properties }) => idIn(properties.Role));
  const arrows = arrowsByRole(parts, machine);
  for (const [roleId, rights] of grants) {
    if (ofFunctions.includes(roleId)) continue;
    const ends = arrows.get(roleId);
    if (!ends) throw new Error(`The picture does not show who has the role ${roleId}.`);
    const told = rights.filter(({ action }) => !/^(logs|xray):/.test(action));
    const other = told.filter(({ resource }) => !idsIn(resource).some((id) => ends.includes(id)));
    if (other.length > 0)
      throw new Error(`The picture has no place for ${other.map((each) => `${each.action} on ${each.resource}`)}.`);
    const denied = ends.filter((end) => !told.some(({ resource }) => idsIn(resource).includes(end)));
    if (denied.length > 0) throw new Error(`${roleId} has no right for the picture's arrow to ${denied}.`);
  }
}

function arrowsByRole(parts: Parts, machine: Machine): Map<string, readonly string[]> {
  const { properties } = parts.takeOne('AWS::StepFunctions::StateMachine');
  const arrows = new Map([[idIn(properties.RoleArn), machine.functionIds]]);
  const targets = parts.take('AWS::Events::Rule').flatMap((rule) => objectsIn(rule.properties.Targets));
  for (const { Arn, RoleArn } of targets.filter(({ RoleArn }) => RoleArn !== undefined))
    arrows.set(idIn(RoleArn), [...(arrows.get(idIn(RoleArn)) ?? []), idIn(Arn)]);
  return arrows;
}
