import { parseAst } from 'vitest/node';

export type FunctionLength = {
  readonly name: string;
  readonly line: number;
  readonly lines: number;
  /** Whether it is a list of tests: it calls `it`. Such a list is read one test at a time. */
  readonly listsTests: boolean;
};

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [field: string]: unknown };

const functions = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);

/** Each function in a TypeScript source. Its name is its own, or that of the variable, field or call that it is given to. */
export function functionLengths(text: string): FunctionLength[] {
  const lineEnds = [...text.matchAll(/\n/g)].map(({ index }) => index);
  const lineOf = (offset: number) => 1 + lineEnds.filter((end) => end < offset).length;
  const found: FunctionLength[] = [];
  const visit = (node: Node, name: string) => {
    if (functions.has(node.type)) {
      const line = lineOf(node.start);
      const listsTests = /^\s*it[.(]/m.test(text.slice(node.start, node.end));
      found.push({ name, line, lines: lineOf(node.end) - line + 1, listsTests });
    }
    for (const value of Object.values(node))
      for (const child of [value].flat()) if (isNode(child)) visit(child, nameOf(child) ?? name);
  };
  visit(parseAst(text, { lang: 'ts' }) as unknown as Node, '');
  return found;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** What a declaration, a variable, a field, a method or a called function is called. */
function nameOf({ id, key, callee }: Node): string | undefined {
  for (const named of [id, key, callee]) if (isNode(named) && typeof named.name === 'string') return named.name;
  return undefined;
}
