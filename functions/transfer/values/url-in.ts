/** The URL that a text is, if it is one. `URL.parse` says the same, but Node 20 has only `URL.canParse`. */
export function urlIn(text: string, base?: string): URL | undefined {
  return URL.canParse(text, base) ? new URL(text, base) : undefined;
}
