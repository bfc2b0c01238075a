import { XMLBuilder, XMLParser } from 'fast-xml-parser';
import { StoreError } from './errors.ts';

/** The input of XMLBuilder. A list becomes one element for each entry. */
export type XmlContent = { readonly [element: string]: XmlValue | readonly XmlValue[] | undefined };
type XmlValue = string | number | boolean | XmlContent;

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const builder = new XMLBuilder({ ignoreAttributes: false });

// A key may begin with a space or look like a number, so the parser trims and converts nothing.
const parser = new XMLParser({ ignoreAttributes: true, parseTagValue: false, trimValues: false, htmlEntities: true });

/** An error document has no namespace. All other documents have one. */
export function renderXml(root: string, content: XmlContent): string {
  const attributes = root === 'Error' ? {} : { '@_xmlns': NAMESPACE };
  const body = builder.build({ [root]: { ...attributes, ...content } });
  // The client's parser would turn a carriage return into a line feed, and the client would see another key.
  return `<?xml version="1.0" encoding="UTF-8"?>\n${body.replaceAll('\r', '&#13;')}`;
}

/** The children of the root element. Throws MalformedXML if the text has another root or is no XML. */
export function parseXml(text: string, root: string): Record<string, unknown> {
  const document = parseDocument(text);
  const content = document[root];
  if (content === undefined) throw new StoreError('MalformedXML');
  return isRecord(content) ? content : {};
}

/** All children with this name, as a list, which may be empty. */
export function children(parent: Record<string, unknown>, name: string): Record<string, unknown>[] {
  const found = parent[name];
  if (found === undefined) return [];
  return (Array.isArray(found) ? found : [found]).map((child) => (isRecord(child) ? child : {}));
}

export function childText(parent: Record<string, unknown>, name: string): string | undefined {
  const found = parent[name];
  return typeof found === 'string' ? found : undefined;
}

/** The texts of all children with this name. */
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
