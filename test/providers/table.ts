import type { Cell } from './cells.ts';

/** Providers across, cases down; below it a line for every cell that failed. */
export function tableText(cells: readonly Cell[]): string {
  const providers = [...new Set(cells.map(({ provider }) => provider))];
  const names = [...new Set(cells.map((cell) => cell.case))];
  const width = Math.max(...names.map((name) => name.length));
  const mark = (provider: string, name: string) => {
    const cell = cells.find((each) => each.provider === provider && each.case === name);
    return cell?.passed === false ? '✗' : cell?.why === undefined ? '✓' : '–';
  };
  const row = (name: string, marks: readonly string[]) =>
    [name.padEnd(width), ...marks.map((text, index) => text.padEnd(providers[index]?.length ?? 1))]
      .join('  ')
      .trimEnd();
  const failed = cells.filter(({ passed }) => !passed);
  return [
    row('', providers),
    ...names.map((name) =>
      row(
        name,
        providers.map((provider) => mark(provider, name)),
      ),
    ),
    '',
    '✓ passed   ✗ failed   – does not apply',
    ...failed.map((cell) => `✗ ${cell.provider}, ${cell.case}: ${cell.why}`),
    `${cells.length - failed.length} of ${cells.length} cells passed.`,
  ].join('\n');
}
