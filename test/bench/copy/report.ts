import { cpus } from 'node:os';
import type { Cost } from './cost.ts';
import type { World } from './worlds.ts';

export type Row = {
  readonly world: World;
  readonly way: string;
  readonly verifies: string;
  readonly costs: readonly Cost[];
};

/** The median of a number, its least and its most value. */
export type Spread = { readonly median: number; readonly least: number; readonly most: number };

export type Result = {
  readonly world: string;
  readonly why: string;
  readonly way: string;
  readonly verifies: string;
  readonly cpuSecondsPerGib: Spread;
  /** CPU seconds of this program by those of rclone, in the same run. */
  readonly toRclone: number | undefined;
  readonly secondsPerGib: number;
  readonly peakMiB: number;
};

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  return {
    median: sorted[Math.floor(sorted.length / 2)] ?? Number.NaN,
    least: sorted[0] ?? Number.NaN,
    most: sorted.at(-1) ?? Number.NaN,
  };
}

export function resultsOf(rows: readonly Row[], gib: number): Result[] {
  const cpuOf = ({ costs }: Row) => spreadOf(costs.map(({ cpuSeconds }) => cpuSeconds / gib));
  return rows.map((row) => {
    const rclone = rows.find(({ world, way }) => world === row.world && way.startsWith('rclone'));
    const cpuSecondsPerGib = cpuOf(row);
    return {
      world: row.world.name,
      why: row.world.why,
      way: row.way,
      verifies: row.costs.at(-1)?.verified ?? row.verifies,
      cpuSecondsPerGib,
      toRclone: rclone && cpuSecondsPerGib.median / cpuOf(rclone).median,
      secondsPerGib: spreadOf(row.costs.map(({ seconds }) => seconds / gib)).median,
      peakMiB: Math.max(...row.costs.map(({ peakMiB }) => peakMiB)),
    };
  });
}

/** The tables in Markdown, one for each pair of stores. */
export function tablesOf(results: readonly Result[]): string {
  const worlds = [...new Set(results.map(({ world }) => world))];
  return worlds.map((world) => tableOf(results.filter((result) => result.world === world))).join('\n\n');
}

function tableOf(results: readonly Result[]): string {
  const [first] = results;
  const lines = results.map(({ way, verifies, cpuSecondsPerGib: cpu, toRclone, secondsPerGib, peakMiB }) => {
    const spread = `${cpu.median.toFixed(2)} (${cpu.least.toFixed(2)} to ${cpu.most.toFixed(2)})`;
    return `| ${way} | ${spread} | ${toRclone?.toFixed(2) ?? '–'} | ${secondsPerGib.toFixed(1)} | ${peakMiB.toFixed(0)} MiB | ${verifies} |`;
  });
  return [
    `**${first?.world}**: ${first?.why}.`,
    '',
    '| program | CPU seconds a GiB | ratio to rclone | seconds a GiB | peak memory | compares |',
    '|---|---|---|---|---|---|',
    ...lines,
  ].join('\n');
}

export function machine(): string {
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}`;
}

const [WIDTH, BAR, GAP, LEFT, RIGHT] = [760, 16, 6, 190, 120];

/** A picture of the CPU seconds a GiB: one bar for each program, one group for each pair of stores. */
export function pictureOf(results: readonly Result[]): string {
  const most = Math.max(...results.map(({ cpuSecondsPerGib }) => cpuSecondsPerGib.median));
  let y = 30;
  const drawn = results.flatMap((result, index) => {
    const isNew = result.world !== results[index - 1]?.world;
    if (isNew) y += 22;
    const title = isNew
      ? [`<text x="10" y="${y - 8}" font-weight="bold">${escaped(`${result.world}: ${result.why}`)}</text>`]
      : [];
    const bar = barOf(result, y, ((WIDTH - LEFT - RIGHT) * result.cpuSecondsPerGib.median) / most);
    y += BAR + GAP;
    return [...title, bar];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y + 10}" font-family="sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    `<text x="10" y="20" font-size="14">CPU seconds that each program needs to copy one GiB</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function barOf({ way, cpuSecondsPerGib, toRclone }: Result, y: number, width: number): string {
  const ratio = toRclone === undefined ? '' : ` (${toRclone.toFixed(2)} × rclone)`;
  const label = `${cpuSecondsPerGib.median.toFixed(2)}${ratio}`;
  return [
    `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escaped(way)}</text>`,
    `<rect x="${LEFT}" y="${y}" width="${width.toFixed(0)}" height="${BAR}" fill="${way === 'Partway' ? '#0b6e4f' : '#9aa5b1'}"/>`,
    `<text x="${LEFT + width + 6}" y="${y + 12}">${label}</text>`,
  ].join('');
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
