/** What a listing is asked for. */
type PageRequest = {
  readonly prefix: string;
  readonly delimiter: string;
  /** Keys after this one only; a common prefix stands for all the keys that begin with it. */
  readonly after: string;
  readonly countMax: number;
};

export type Page<Item> = {
  readonly items: readonly Item[];
  readonly prefixes: readonly string[];
  /** The last name on the page; undefined when nothing follows it. */
  readonly next?: string;
};

/** Cuts one page out of items that are in order. A common prefix counts as one item, as S3 counts it. */
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

/** S3 lists by UTF-8 bytes; JavaScript's own order differs beyond U+FFFF. */
export function compareKeys(left: string, right: string): number {
  if (isPlain(left) && isPlain(right)) return Number(left > right) - Number(left < right);
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function isPlain(text: string): boolean {
  return !/[\ud800-\uffff]/.test(text);
}

/** As far as the first delimiter behind the prefix; undefined when there is none, and the key stands for itself. */
function commonPrefix(key: string, prefix: string, delimiter: string): string | undefined {
  if (delimiter === '') return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}
