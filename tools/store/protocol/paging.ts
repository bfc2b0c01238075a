/** The query of a listing. */
type PageRequest = {
  readonly prefix: string;
  readonly delimiter: string;
  /** The page begins after this key. If it is a common prefix, the page begins after all keys with that prefix. */
  readonly after: string;
  readonly countMax: number;
};

export type Page<Item> = {
  readonly items: readonly Item[];
  readonly prefixes: readonly string[];
  /** The last name on the page. Undefined if no page follows. */
  readonly next?: string;
};

/** Cuts one page out of sorted items. A common prefix counts as one item, as in S3. */
export function cutPage<Item>(items: Iterable<Item>, keyOf: (item: Item) => string, request: PageRequest): Page<Item> {
  const { prefix, delimiter, after, countMax } = request;
  const page = { items: [] as Item[], prefixes: [] as string[] };
  let last = '';
  for (const item of items) {
    const key = keyOf(item);
    if (!key.startsWith(prefix)) continue;
    const common = commonPrefix(key, prefix, delimiter);
    if (common !== undefined && (common === last || common === after)) continue;
    if (after !== '' && compareKeys(key, after) <= 0) continue;
    if (page.items.length + page.prefixes.length >= countMax) return countMax === 0 ? page : { ...page, next: last };
    if (common === undefined) page.items.push(item);
    else page.prefixes.push(common);
    last = common ?? key;
  }
  return page;
}

/** S3 sorts by UTF-8 bytes. JavaScript's own order differs for characters above U+FFFF. */
export function compareKeys(left: string, right: string): number {
  if (isPlain(left) && isPlain(right)) return Number(left > right) - Number(left < right);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function isPlain(text: string): boolean {
  return !/[\ud800-\uffff]/.test(text);
}

/** The key up to the first delimiter after the prefix. Undefined if there is none; then the page lists the key itself. */
function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
