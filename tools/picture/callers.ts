import { asList, asObject, asString, isObject, type JsonObject } from '../json.ts';
import type { Resource } from '../local/template/template.ts';
import type { Api, Machine, Rule } from './deployment.ts';
import type { Parts } from './parts.ts';
import { idIn, idsIn, objectsIn, textOf } from './references.ts';

/** Reads the API, and counts the routes that call each function. */
export function readApi(parts: Parts): Api {
  const { logicalId } = parts.takeOne('AWS::ApiGatewayV2::Api');
  parts.takeOne('AWS::ApiGatewayV2::Stage');
  const functionOf = new Map(
    parts
      .take('AWS::ApiGatewayV2::Integration')
      .map((integration) => [integration.logicalId, idIn(integration.properties.IntegrationUri)]),
  );
  const routes = new Map<string, number>();
  const authorizations = new Set<string>();
  for (const { properties } of parts.take('AWS::ApiGatewayV2::Route')) {
    const functionId = functionOf.get(idIn(properties.Target)) ?? '';
    routes.set(functionId, (routes.get(functionId) ?? 0) + 1);
    authorizations.add(String(properties.AuthorizationType));
  }
  return { id: logicalId, routes, authorizations: [...authorizations] };
}

/** Reads the functions in the order of the definition, which infra/transfer-workflow.ts sets. */
export function readMachine({ logicalId, properties }: Resource): Machine {
  const definition = asObject(JSON.parse(textOf(properties.DefinitionString)), logicalId);
  const functionIds = new Set<string>();
  const manyAtOnce = new Set<string>();
  const walk = (machine: JsonObject, isInMap: boolean) => {
    for (const state of Object.values(asObject(machine.States, 'States')).filter(isObject)) {
      if (isObject(state.ItemProcessor)) walk(state.ItemProcessor, true);
      if (state.Type !== 'Task') continue;
      const functionId = idIn(asObject(state.Parameters, 'Parameters').FunctionName);
      functionIds.add(functionId);
      if (isInMap) manyAtOnce.add(functionId);
    }
  };
  walk(definition, false);
  return { id: logicalId, functionIds: [...functionIds], manyAtOnce };
}

/** A rule with several targets is several arrows. */
export function readRules(parts: Parts): Rule[] {
  return parts.take('AWS::Events::Rule').flatMap(({ logicalId, properties }) => {
    const { ScheduleExpression, EventPattern } = properties;
    const pattern = isObject(EventPattern) ? EventPattern : {};
    const told = leavesOf(pattern.detail);
    return objectsIn(properties.Targets).map((target) => ({
      id: logicalId,
      schedule: ScheduleExpression === undefined ? undefined : String(ScheduleExpression),
      source: isObject(EventPattern) ? asString(asList(pattern.source, logicalId)[0], logicalId) : undefined,
      title: isObject(EventPattern) ? String(asList(pattern['detail-type'], logicalId)[0]) : 'Schedule',
      lines:
        ScheduleExpression !== undefined
          ? [String(ScheduleExpression)]
          : told.filter((line) => idsIn(line).length === 0),
      hears: told.flatMap(idsIn),
      targetId: idIn(target.Arn),
      undeliveredTo: isObject(target.DeadLetterConfig) ? idIn(target.DeadLetterConfig.Arn) : undefined,
    }));
  });
}

/** The conditions of a pattern on an event's detail, one line for each field. */
function leavesOf(detail: unknown): string[] {
  if (detail === undefined) return [];
  if (Array.isArray(detail)) return [detail.map(condition).join(', ')];
  return Object.values(asObject(detail, 'detail')).flatMap(leavesOf);
}

function condition(value: unknown): string {
  if (!isObject(value)) return String(value);
  if ('prefix' in value) return `${value.prefix}*`;
  if ('suffix' in value) return `*${value.suffix}`;
  if ('wildcard' in value) return String(value.wildcard);
  return textOf(value);
}
