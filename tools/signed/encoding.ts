/** Reads the query of a request. If it has a name twice, the last value counts. */
export function parseQuery(url: string): Record<string, string> {
  const mark = url.indexOf('?');
  return mark < 0 ? {} : Object.fromEntries(new URLSearchParams(url.slice(mark + 1)));
}

/**
 * Encodes the path as SigV4 wants it, also if the client encoded it in another way: every byte except A-Z a-z 0-9 - . _ ~
 * and the slash. Throws URIError for a percent sign that encodes nothing, and for bytes that are not UTF-8.
 */
export function encodePath(rawPath: string): string {
  return decodeURIComponent(rawPath).split('/').map(encodeText).join('/');
}

/** encodeURIComponent does not encode five marks. S3 and its signatures encode them. */
export function encodeText(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}
