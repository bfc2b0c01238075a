/** A JSON object whose fields we do not know yet. The reader checks each field. */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function asObject(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new TypeError(`${what} is not an object: ${JSON.stringify(value)}`);
  return value;
}

export function asString(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new TypeError(`${what} is not a string: ${JSON.stringify(value)}`);
  return value;
}

export function asList(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`${what} is not a list: ${JSON.stringify(value)}`);
  return value;
}

/** The length in UTF-8 bytes, because AWS's limits count bytes and not characters. */
export const utf8Bytes = (text: string): number => Buffer.byteLength(text, 'utf8');
