import type { Attempt, Timeline, Visit } from './timeline.ts';

const WIDTH = 1100;
const LABEL_WIDTH = 230;
const ROW = 20;
const TOP = 34;
const TICKS = 6;
const MARK_WIDTH_MIN = 2; // so that a millisecond is visible in a picture of an hour

const style = `
:root { color-scheme: light dark; --text: #1f2328; --faint: #d1d9e0; --state: #8c959f; --done: #2da44e; --failed: #cf222e; --back: #fff; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --faint: #30363d; --state: #6e7681; --done: #3fb950; --failed: #f85149; --back: #0d1117; } }
body { font: 14px system-ui, sans-serif; color: var(--text); background: var(--back); margin: 24px; }
svg { width: 100%; max-width: ${WIDTH}px; } svg text { font-size: 12px; fill: var(--text); }
.tick { stroke: var(--faint); } .state { fill: var(--state); opacity: .35; } .done { fill: var(--done); } .failed { fill: var(--failed); }
table { border-collapse: collapse; } td { padding: 2px 16px 2px 0; }`;

/** One HTML page that loads no other file. It has a row for each visit of a state, and a bar for each attempt. */
export function pageOf(title: string, timeline: Timeline): string {
  const { visits, status, error, events, fromMs, toMs } = timeline;
  const errors = visits.flatMap((visit) =>
    visit.attempts.flatMap((attempt) => (attempt.error === undefined ? [] : [errorRow(timeline, visit, attempt)])),
  );
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style>
<h1>${escaped(title)}</h1>
<p>${escaped(error === undefined ? status : `${status}: ${error}`)}, ${secondsText(toMs - fromMs)}, ${events} events, from ${new Date(fromMs).toISOString()}</p>
${pictureOf(timeline)}
${errors.length > 0 ? `<h2>Attempts that failed</h2>\n<table>${errors.join('')}</table>` : ''}
</html>
`;
}

function pictureOf(timeline: Timeline): string {
  const { fromMs, toMs, visits } = timeline;
  const height = TOP + visits.length * ROW + 4;
  const lengthMs = Math.max(1, toMs - fromMs);
  const x = (ms: number) => LABEL_WIDTH + ((ms - fromMs) / lengthMs) * (WIDTH - LABEL_WIDTH - 40);
  const ticks = Array.from({ length: TICKS }, (_, index) => fromMs + (lengthMs * index) / (TICKS - 1));
  const lines = ticks.map((ms) => {
    const at = x(ms).toFixed(1);
    return `<line class="tick" x1="${at}" x2="${at}" y1="${TOP - 8}" y2="${height}"/><text x="${at}" y="16" text-anchor="middle">${secondsText(ms - fromMs)}</text>`;
  });
  const rows = visits.map((visit, index) => rowOf(visit, TOP + index * ROW, x));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="States in time">
${[...lines, ...rows].join('\n')}
</svg>`;
}

function rowOf(visit: Visit, y: number, x: (ms: number) => number): string {
  const bar = (kind: string, what: string, { fromMs, toMs }: { fromMs: number; toMs: number }) => {
    const width = Math.max(MARK_WIDTH_MIN, x(toMs) - x(fromMs)).toFixed(1);
    const title = `${what}, ${secondsText(toMs - fromMs)}`;
    return `<rect class="${kind}" x="${x(fromMs).toFixed(1)}" y="${y}" width="${width}" height="${ROW - 6}" rx="2"><title>${escaped(title)}</title></rect>`;
  };
  const name = nameOf(visit);
  const attempts = visit.attempts.map((attempt, index) =>
    bar(
      attempt.error === undefined ? 'done' : 'failed',
      `${name}, attempt ${index + 1}: ${attempt.error ?? 'no error'}`,
      attempt,
    ),
  );
  const indent = visit.iteration === undefined ? 0 : 14;
  return `<text x="${indent}" y="${y + 11}">${escaped(name)}</text>${bar('state', name, visit)}${attempts.join('')}`;
}

/** The index counts from 0, as Step Functions does in its console. */
export const nameOf = ({ state, iteration }: Visit): string =>
  iteration === undefined ? state : `#${iteration} ${state}`;

function errorRow({ fromMs }: Timeline, visit: Visit, attempt: Attempt): string {
  const attemptNumber = visit.attempts.indexOf(attempt) + 1;
  const cells = [
    `+${secondsText(attempt.toMs - fromMs)}`,
    nameOf(visit),
    `attempt ${attemptNumber}`,
    attempt.error ?? '',
  ];
  return `<tr>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
}

export const secondsText = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? '');
