export function medianOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** The median, and in brackets the minimum and the maximum. */
export function rangeOf(values: readonly number[]): string {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return `${medianOf(values).toFixed(0)} (${least.toFixed(0)} to ${most.toFixed(0)})`;
}
