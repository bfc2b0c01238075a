import type { Cell } from './cells.ts';

/** A table with a column for each provider and a row for each case. Below it: cases that do not apply, notes, failed cells. */
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

/** Why cases do not apply. Providers with the same reason share a line. */
function reasons(cells: readonly Cell[]): string[] {
  const providers = new Map<string, string[]>();
  for (const { passed, why, provider, case: name } of cells) {
    if (!passed || why === undefined) continue;
    const reason = `– ${name}: ${why}`;
    providers.set(reason, [...(providers.get(reason) ?? []), provider]);
  }
  return [...providers].map(([reason, names]) => `${reason} (${names.join(', ')})`);
}
