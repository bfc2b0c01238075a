/**
 * Finds the first line at which a text is no longer JSON. `undefined`: it is JSON. The parser's own message would show
 * the text, secrets included, and it gives the place only for some mistakes.
 */
export function faultyLine(text: string): number | undefined {
  if (errorOf(text) === undefined) return undefined;
  const lines = text.split(/(?<=\n)/);
  const faulty = lines.findIndex((_, index) => !mayGoOn(lines.slice(0, index + 1).join('')));
  return faulty === -1 ? Math.max(1, lines.length) : faulty + 1;
}

/** Whether more text could make it JSON. Then the parser complains about the end, and about nothing before it. */
function mayGoOn(beginning: string): boolean {
  const message = errorOf(beginning);
  if (message === undefined) return true;
  if (/end of JSON input|Unterminated string/.test(message)) return true;
  const position = /at position (\d+)/.exec(message)?.[1];
  return position !== undefined && Number(position) >= beginning.length;
}

function errorOf(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
