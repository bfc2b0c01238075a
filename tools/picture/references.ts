import { asList, asString, isObject, type JsonObject } from '../json.ts';

/**
 * A value of a template as one text. A reference to a resource becomes its logical id in angle brackets:
 * `arn:<AWS::Partition>:s3:::incoming/*`. Throws for an intrinsic function that a template of ours has not had yet.
 */
export function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(', ');
  if (!isObject(value)) return String(value);
  const [name = '', argument] = Object.entries(value)[0] ?? [];
  if (name === 'Ref') return `<${argument}>`;
  if (name === 'Fn::GetAtt') return `<${asList(argument, name)[0]}>`;
  if (name === 'Fn::Join') {
    const [separator, parts] = asList(argument, name);
    return asList(parts, name).map(textOf).join(asString(separator, name));
  }
  throw new Error(`The picture cannot read ${name}: ${JSON.stringify(value)}`);
}

/** The resource that a value refers to. Throws if there is none, or more than one. */
export function idIn(value: unknown): string {
  const ids = idsIn(textOf(value));
  if (ids.length !== 1) throw new Error(`The picture cannot tell which resource this is: ${JSON.stringify(value)}`);
  return ids[0] ?? '';
}

/** The resources that a text refers to, without what AWS knows by itself, such as the region. */
export function idsIn(text: string): string[] {
  return [...text.matchAll(/<(\w+)>/g)].map(([, id = '']) => id);
}

/** CloudFormation accepts a single value in place of a list of one value. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

export function objectsIn(value: unknown): JsonObject[] {
  return listOf(value ?? []).filter(isObject);
}
