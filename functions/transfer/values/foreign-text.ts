// A header keeps the last messages, and DynamoDB takes 400 KB in a row. Nobody reads more than this of one.
export const MESSAGE_CHARACTERS_MAX = 4000;

// Control characters could move the cursor of a terminal, or begin a line of a log. The others reverse the direction of
// a text.
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u202A-\u202E\u2066-\u2069]/gu;

/**
 * Text that a stranger sent, as one line that a message can show: without control characters, and with at most
 * `charactersMax` characters. The work depends on that limit alone, however long the text is.
 */
export function foreignText(text: string, charactersMax: number): string {
  const line = text
    .slice(0, 2 * charactersMax)
    .replace(UNSAFE, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return shortened(line, charactersMax);
}

/** A message of ours, in which texts of strangers may stand: a header, a key. */
export function messageText(text: string): string {
  return shortened(text, MESSAGE_CHARACTERS_MAX).replace(UNSAFE, ' ');
}

/** The beginning of a text, with "…" at its end if something was cut off. */
function shortened(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  // The cut may have divided a character of two UTF-16 units. JSON and DynamoDB need whole ones.
  return `${text.slice(0, charactersMax - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
