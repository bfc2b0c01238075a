import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { StoreError } from './errors.ts';

/** What XMLBuilder takes: a list becomes the element again and again. */
export type XmlContent = { readonly [element: string]: XmlValue | readonly XmlValue[] | undefined };
type XmlValue = string | number | boolean | XmlContent;

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const builder = new XMLBuilder({ ignoreAttributes: false });

// Keys are text and may begin with a blank or look like a number, so nothing is trimmed or converted.
const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false, htmlEntities: true });

/** Errors carry no namespace; every other document does. */
export function renderXml(root: string, content: XmlContent): string {
  const attributes = root === 'Error' ? {} : { '@_xmlns': NAMESPACE };
  const body = builder.build({ [root]: { ...attributes, ...content } });
  // A parser turns a bare carriage return into a line feed, which would be another key.
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body.replaceAll('\r', '&#13;')}`;
}

/** The children of the root element; throws MalformedXML when it is another document, or none. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  const document = parseDocument(text);
  const content = document[root];
  if (content === undefined) throw new StoreError('MalformedXML');
  return isRecord(content) ? content : {};
}

/** All the children of one name, as elements; none, one and many look alike to the caller. */
export function children(parent: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const found = parent[name];
  if (found === undefined) return [];
  return (Array.isArray(found) ? found : [found]).map((child) => (isRecord(child) ? child : {}));
}

export function childText(parent: Record<string, unknown>, name: string): string | undefined {
  const found = parent[name];
  return typeof found === 'string' ? found : undefined;
}

/** The texts of all the children of one name. */
export function childTexts(parent: Record<string, unknown>, name: string): string[] {
  const found = parent[name];
  return (Array.isArray(found) ? found : [found]).filter((child) => typeof child === 'string');
}

function parseDocument(text: string): Record<string, unknown> {
  try {
    return parser.parse(text, true);
  } catch {
    throw new StoreError('MalformedXML');
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
