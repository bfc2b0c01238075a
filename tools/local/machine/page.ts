export type Page<T> = { readonly items: T[]; readonly nextToken?: string };

// The most that GetExecutionHistory and ListExecutions return at once, and what they return unless asked otherwise.
const PAGE_ITEMS_MAX = 1000;
const PAGE_ITEMS_DEFAULT = 100;

/** The token is the position. While somebody pages, the list grows only at its end. */
export function pageOf<T>(
  all: readonly T[],
  request: { max?: number | undefined; nextToken?: string | undefined },
): Page<T> {
  const start = Number(request.nextToken ?? 0);
  // AWS takes 0 for "the default".
  const end = start + Math.min(request.max || PAGE_ITEMS_DEFAULT, PAGE_ITEMS_MAX);
  return { items: all.slice(start, end), ...(end < all.length ? { nextToken: String(end) } : {}) };
}
