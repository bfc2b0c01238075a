// No field of a request lies deeper. A deeper one is refused by its own name.
const DEPTH_MAX = 8;

/**
 * What is wrong with the first field named `__proto__`, anywhere in a value that came as JSON. Objects of JavaScript
 * cannot hold such a field in every place, so it would be lost on the way, and nobody would hear of it.
 */
export function impossibleNames(value: unknown): string[] {
  const path = pathOf(value, '', 0);
  return path === undefined ? [] : [`\`${path}\` cannot be carried: choose another name`];
}

function pathOf(value: unknown, path: string, depth: number): string | undefined {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return undefined;
  if (Object.hasOwn(value, '__proto__')) return `${path}__proto__`;
  for (const [name, field] of Object.entries(value)) {
    const found = pathOf(field, `${path}${name}.`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
