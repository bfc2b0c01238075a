import type { Touch } from './deployment.ts';
import type { Parts } from './parts.ts';
import { idIn, idsIn, listOf, objectsIn, textOf } from './references.ts';
import { type EndpointThings, secretNameOf } from './things.ts';

/** One action on one resource, as a statement of a policy allows it. */
export type Grant = { readonly action: string; readonly resource: string };

const READING = /^\w+:(Get|List|Describe|Query|BatchGet)/;

/** The rights of each role, by the role's id. Throws for a policy that no role has. */
export function grantsOf(parts: Parts): Map<string, Grant[]> {
  const roles = parts.take('AWS::IAM::Role');
  const grants = new Map(roles.map(({ logicalId }) => [logicalId, [] as Grant[]]));
  const add = (roleId: string, document: unknown, policyId: string) => {
    const known = grants.get(roleId);
    if (!known) throw new Error(`The picture does not show whose rights ${policyId} holds.`);
    known.push(...grantsIn(document));
  };
  for (const { logicalId, properties } of parts.take('AWS::IAM::Policy'))
    for (const role of listOf(properties.Roles)) add(idIn(role), properties.PolicyDocument, logicalId);
  for (const { logicalId, properties } of parts.take('AWS::IAM::ManagedPolicy')) {
    const holders = roles.filter((role) => textOf(role.properties.ManagedPolicyArns).includes(`<${logicalId}>`));
    for (const { logicalId: roleId } of holders) add(roleId, properties.PolicyDocument, logicalId);
    if (holders.length === 0) throw new Error(`The picture does not show whose rights ${logicalId} holds.`);
  }
  return grants;
}

function grantsIn(document: unknown): Grant[] {
  return objectsIn(document)
    .flatMap(({ Statement }) => objectsIn(Statement))
    .flatMap(({ Effect, Action, Resource }) => {
      if (Effect !== 'Allow') throw new Error(`The picture cannot show a statement with the effect ${Effect}.`);
      return listOf(Action).flatMap((action) =>
        listOf(Resource).map((resource) => ({ action: String(action), resource: textOf(resource) })),
      );
    });
}

/** The things that a function may touch, by their ids. Throws for a right for which the picture has no place. */
export function touchesOf(grants: readonly Grant[], things: EndpointThings): Map<string, Touch> {
  const touches = new Map<string, Touch>();
  for (const grant of grants)
    for (const [id, touch] of touched(grant, things)) if (touches.get(id) !== 'writes') touches.set(id, touch);
  return touches;
}

function touched({ action, resource }: Grant, things: EndpointThings): [id: string, touch: Touch][] {
  const touch: Touch = READING.test(action) ? 'reads' : 'writes';
  const named = (ids: readonly string[]): [string, Touch][] => {
    if (ids.length === 0) throw new Error(`The picture has no place for ${action} on ${resource}.`);
    return ids.map((id) => [id, touch]);
  };
  switch (action.split(':')[0]) {
    // The picture has one line about logs and traces for all functions.
    case 'logs':
    case 'xray':
      return [];
    case 'dynamodb':
    case 'states':
    case 'sqs':
      return named(idsIn(resource));
    case 'ssm':
      return named(things.endpointsBelow(resource));
    case 'events':
      return named([...resource.matchAll(/:event-bus\/(.+)$/g)].map(([, name]) => `bus:${name}`));
    case 's3':
      return named(things.storesAt(resource));
    case 'secretsmanager': {
      const name = secretNameOf(resource);
      return [...named([`secret:${name}`]), ...things.storesBy(name).map((id): [string, Touch] => [id, 'by keys'])];
    }
    default:
      return named([]);
  }
}
