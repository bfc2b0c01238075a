/**
 * The first line at which a text ceases to be JSON; `undefined`: it is JSON. The parser's own message would show what
 * stands there, secrets too, and says where only of some mistakes.
 */
export function faultyLine(text: string): number | undefined {
  if (errorOf(text) === undefined) return undefined;
  const lines = text.split(/(?<=\n)/);
  const faulty = lines.findIndex((_, index) => !mayGoOn(lines.slice(0, index + 1).join('')));
  return faulty === -1 ? Math.max(1, lines.length) : faulty + 1;
}

/** Whether more text could make JSON of it: then the parser complains of the end, and of nothing before. */
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
