import { fileURLToPath } from 'node:url';
import { API, type Checker, type Project, type Type } from 'typescript/unstable/sync';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** Without a limit, a type that contains itself would be printed for ever. No type of ours is nearly as deep as this. */
const DEPTH_MAX = 12;

/**
 * The fields of the stored or sent types, one line for each: its path and its type. They come from the compiler, so they
 * include optional fields that no example has. `types` has the names of the types by file, below the project's root.
 */
export function shapesOf(types: Readonly<Record<string, readonly string[]>>): string[] {
  const api = new API({ cwd: here('') });
  try {
    const project = api.updateSnapshot({ openProjects: [here('tsconfig.json')] }).getProject(here('tsconfig.json'));
    if (!project) throw new Error('There is no project at tsconfig.json.');
    return Object.entries(types).flatMap(([file, names]) =>
      names.flatMap((name) => linesOf(project.checker, name, declared(project, file, name))),
    );
  } finally {
    api.close();
  }
}

function declared({ program, checker }: Project, file: string, name: string): Type {
  const source = program.getSourceFile(here(file));
  const module = source && checker.getSymbolAtLocation(source);
  const symbol = module && checker.getMemberInModuleExports(module, name);
  if (!symbol) throw new Error(`${file} exports no type ${name}.`);
  return checker.getDeclaredTypeOfSymbol(symbol);
}

function linesOf(checker: Checker, path: string, type: Type, depth = 0): string[] {
  if (depth > DEPTH_MAX) throw new Error(`${path} is too deep: does a type contain itself?`);
  const inner = (next: string, of: Type) => linesOf(checker, next, of, depth + 1);
  if (type.isUnionType()) {
    const members = (type.getTypes() ?? []).toSorted((one, other) => one.id - other.id);
    const present = members.filter((member) => checker.typeToString(member) !== 'undefined');
    if (!present.some((member) => member.isObjectType())) return [`${path}: ${literals(checker, members)}`];
    const optional = present.length < members.length ? '?' : '';
    return [...new Set(present.flatMap((member) => inner(path + optional, member)))];
  }
  if (checker.isArrayType(type) && type.isTypeReference())
    return checker.getTypeArguments(type).flatMap((element) => inner(`${path}[]`, element));
  const fields = type.isObjectType() || type.isIntersectionType() ? checker.getPropertiesOfType(type) : [];
  if (fields.length === 0) return [`${path}: ${checker.typeToString(type)}`];
  return fields.flatMap((field) => inner(`${path}.${field.name}`, checker.getTypeOfSymbol(field) ?? type));
}

/** Sorts the literals, because the compiler's order depends on which file it read first. */
function literals(checker: Checker, members: readonly Type[]): string {
  return members
    .map((member) => checker.typeToString(member))
    .sort()
    .join(' | ');
}
