import type { LocalRoute } from '../template/assembly.ts';
import type { MatchedRoute } from './gateway-event.ts';

type Segment = { readonly literal: string } | { readonly parameter: string; readonly isGreedy: boolean };
type Compiled = { readonly route: LocalRoute; readonly method: string; readonly segments: readonly Segment[] };

/** The most specific route wins: literal before `{id}` before `{proxy+}`, a method before ANY, and `$default` last. */
export function compileRoutes(
  routes: readonly LocalRoute[],
): (method: string, path: string) => MatchedRoute | undefined {
  const compiled = routes.map(compile).sort((a, b) => rankOf(a).localeCompare(rankOf(b)));
  return (method, path) => {
    for (const each of compiled) {
      const pathParameters = match(each, method, path);
      if (pathParameters) return { route: each.route, pathParameters };
    }
    return undefined;
  };
}

function compile(route: LocalRoute): Compiled {
  if (route.routeKey === '$default') {
    return { route, method: 'ANY', segments: [{ parameter: '', isGreedy: true }] };
  }
  const [method = 'ANY', path = '/'] = route.routeKey.split(' ');
  const segments = path
    .split('/')
    .slice(1)
    .map((segment): Segment => {
      const [, parameter, plus] = /^\{([^}+]+)(\+?)\}$/.exec(segment) ?? [];
      return parameter === undefined ? { literal: segment } : { parameter, isGreedy: plus === '+' };
    });
  return { route, method, segments };
}

/** Sorts as text: one digit per segment, then the method. */
function rankOf({ route, method, segments }: Compiled): string {
  if (route.routeKey === '$default') return '9';
  const digits = segments.map((segment) => ('literal' in segment ? '0' : segment.isGreedy ? '2' : '1'));
  return `${digits.join('')}${method === 'ANY' ? '8' : '7'}`;
}

function match({ method, segments }: Compiled, wanted: string, path: string): { [name: string]: string } | undefined {
  if (method !== 'ANY' && method !== wanted) return undefined;
  const parts = path.split('/').slice(1);
  const parameters: { [name: string]: string } = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined) return undefined;
    if ('literal' in segment) {
      if (segment.literal !== part) return undefined;
    } else if (segment.isGreedy) {
      if (segment.parameter) parameters[segment.parameter] = decode(parts.slice(index).join('/'));
      return parameters;
    } else {
      if (part === '') return undefined;
      parameters[segment.parameter] = decode(part);
    }
  }
  return parts.length === segments.length ? parameters : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that encodes nothing stays as it is.
    return text;
  }
}
