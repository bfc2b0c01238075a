import { createHash } from 'node:crypto';

/** The log of a run. Two runs of the same seed write exactly the same log. */
export type Trace = {
  note(who: string, what: string): void;
  lines(): readonly string[];
  hash(): string;
};

export function openTrace(sinceMs: () => number): Trace {
  const lines: string[] = [];
  return {
    note: (who, what) => {
      lines.push(`${clockTime(sinceMs())}  ${brief(who).padEnd(14)} ${brief(what)}`);
    },
    lines: () => lines,
    hash: () => createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16),
  };
}

/** The time since the world began: hours, minutes, seconds and milliseconds. */
function clockTime(ms: number): string {
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / 3_600_000)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}.${String(ms % 1000).padStart(3, '0')}`;
}

/** Shortens long ids to the part that distinguishes them. */
function brief(text: string): string {
  return text.replace(/\b([0-9a-f]{6})[0-9a-f]{26}\b/g, '$1');
}
