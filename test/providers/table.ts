import type { Cell } from './cells.ts';

/** Providers across, cases down; below it what does not apply, whatever else is to be known, and every cell that failed. */
export function tableText(cells: readonly Cell[], notes: readonly string[] = []): string {
  const providers = [...new Set(cells.map(({ provider }) => provider))];
  const names = [...new Set(cells.map((cell) => cell.case))];
  const width = Math.max(0, ...names.map((name) => name.length));
  const mark = (provider: string, name: string) => {
    const cell = cells.find((each) => each.provider === provider && each.case === name);
    return cell?.passed === false ? '✗' : cell?.why === undefined ? '✓' : '–';
  };
  const row = (name: string, marks: readonly string[]) =>
    [name.padEnd(width), ...marks.map((text, index) => text.padEnd(providers[index]?.length ?? 1))]
      .join('  ')
      .trimEnd();
  const failed = cells.filter((cell) => !cell.passed);
  const passed = cells.filter((cell) => cell.passed && cell.why === undefined);
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
    ...reasons(cells),
    ...notes,
    ...failed.map((cell) => `✗ ${cell.provider}, ${cell.case}: ${cell.why}`),
    `${cells.length} cells: ${passed.length} passed, ${failed.length} failed, ${cells.length - passed.length - failed.length} do not apply.`,
  ].join('\n');
}

/** Why a case does not apply, once for all providers that have the same reason. */
function reasons(cells: readonly Cell[]): string[] {
  const providers = new Map<string, string[]>();
  for (const { passed, why, provider, case: name } of cells) {
    if (!passed || why === undefined) continue;
    const reason = `– ${name}: ${why}`;
    providers.set(reason, [...(providers.get(reason) ?? []), provider]);
  }
  return [...providers].map(([reason, names]) => `${reason} (${names.join(', ')})`);
}
