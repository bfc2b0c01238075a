import { isObject, type JsonObject } from '../../json.ts';
import type { LocalRule, LocalTarget } from '../template/assembly.ts';
import { arnOf } from '../template/physical.ts';

/** The input of a target: its constant, a part of the event, the filled-in template, or the whole event. */
export function targetInput(event: JsonObject, target: LocalTarget, rule: LocalRule): unknown {
  if (target.input !== undefined) return JSON.parse(target.input);
  if (target.inputPath !== undefined) return valueAt(event, target.inputPath);
  if (target.inputTransformer === undefined) return event;
  const { pathsMap, template } = target.inputTransformer;
  const values = new Map(Object.entries(pathsMap).map(([name, path]) => [name, valueAt(event, path)]));
  return fillTemplate(template, (name) => (values.has(name) ? values.get(name) : predefined(name, event, rule)));
}

/** The variables that EventBridge has without an InputPathsMap. */
function predefined(name: string, event: JsonObject, rule: LocalRule): unknown {
  const { detail: _, ...envelope } = event;
  const values: { readonly [name: string]: unknown } = {
    'aws.events.rule-arn': arnOf('events', `rule/${rule.name}`),
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': event.time,
    'aws.events.event': envelope,
    'aws.events.event.json': event,
  };
  if (name in values) return values[name];
  throw new Error(`${rule.logicalId}: the input template names <${name}>, which no path defines`);
}

/** Outside a string, a placeholder becomes the JSON value of any type. Inside a string, it becomes text. */
function fillTemplate(template: string, read: (name: string) => unknown): unknown {
  let isInString = false;
  const filled = template.replace(/\\.|"|<([A-Za-z0-9_.-]+)>/gs, (found, name: string | undefined) => {
    if (found === '"') isInString = !isInString;
    if (name === undefined) return found;
    const value = read(name);
    return isInString ? asText(value) : JSON.stringify(value ?? null);
  });
  return JSON.parse(filled);
}

function asText(value: unknown): string {
  const text = typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
  return JSON.stringify(text).slice(1, -1);
}

/** Reads a definite path, as EventBridge does: `$.detail.bucket.name`, `$.resources[0]`, `$['detail-type']`, `$.detail-type`. */
export function valueAt(event: unknown, path: string): unknown {
  const steps = [...path.matchAll(/\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]/g)];
  if (`$${steps.map(([step]) => step).join('')}` !== path) throw new Error(`the path ${path} is not known here`);
  return steps.reduce((value: unknown, [, field, index, quoted]) => {
    if (index !== undefined) return Array.isArray(value) ? value[Number(index)] : undefined;
    return isObject(value) ? value[field ?? quoted ?? ''] : undefined;
  }, event);
}
