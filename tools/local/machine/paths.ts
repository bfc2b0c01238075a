import { isObject, type JsonObject } from '../../json.ts';

const templates = new Set(['Parameters', 'ResultSelector', 'ItemSelector']);
const nested = new Set(['Choices', 'And', 'Or', 'Not', 'Catch']);

/** Changes every path in a state, but not those in the inner machine of a Map. */
export function mapPaths(state: JsonObject, change: (path: string) => string): JsonObject {
  const entries = Object.entries(state).map(([key, value]) => {
    if (templates.has(key)) return [key, mapTemplate(value, change)] as const;
    if (nested.has(key)) return [key, mapNested(value, change)] as const;
    const isPath = key === 'Variable' || key.endsWith('Path');
    return [key, isPath && typeof value === 'string' ? change(value) : value] as const;
  });
  return Object.fromEntries(entries);
}

function mapNested(value: unknown, change: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => mapNested(each, change));
  return isObject(value) ? mapPaths(value, change) : value;
}

function mapTemplate(value: unknown, change: (path: string) => string): unknown {
  if (Array.isArray(value)) return value.map((each) => mapTemplate(each, change));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, each]) => {
    if (key.endsWith('.$') && typeof each === 'string') return [key, change(each)] as const;
    return [key, mapTemplate(each, change)] as const;
  });
  return Object.fromEntries(entries);
}

/**
 * aws-local-stepfunctions overwrites `$$.Execution.Input` and `.StartTime` with those of the machine that it runs, and
 * has no `$$.State`. So our context is one level deeper, where the library does not touch it.
 */
export const CONTEXT_KEY = 'Partway';
export const deepenContext = (path: string): string => path.replace(/\$\$(?=$|[.[),\s])/g, () => `$$.${CONTEXT_KEY}`);
