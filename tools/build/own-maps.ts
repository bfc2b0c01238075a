/** A source map, version 3: https://tc39.es/ecma426/ */
export type SourceMap = {
  readonly version: number;
  readonly sources: readonly string[];
  readonly names: readonly string[];
  readonly mappings: string;
};

/** Column in the bundle; source, line and column there; name. The last four or the last one may be left out. */
type Segment = readonly number[];

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The map without the files of packages. A stack in a log then names the lines of our own files. With all of them the
 * map would be larger than the bundle, and Node reads it whole for the first stack.
 */
export function ofOwnFiles(map: SourceMap): SourceMap {
  const own = map.sources.filter(isOwn);
  const places = map.sources.map((source) => own.indexOf(source));
  const lines = decoded(map.mappings).map((line) =>
    line.flatMap(([column = 0, source = -1, ...place], index): Segment[] => {
      const kept = places[source] ?? -1;
      if (kept !== -1) return [[column, kept, ...place.slice(0, 2)]];
      // What follows a piece of ours would look like ours, if nothing said where that ends.
      const isAfterOwn = index > 0 && (places[line[index - 1]?.[1] ?? -1] ?? -1) !== -1;
      return isAfterOwn ? [[column]] : [];
    }),
  );
  // Functions keep their own names in the bundle.
  return { version: map.version, sources: own, names: [], mappings: encoded(lines) };
}

/** Files that esbuild plugins make up have a name with a colon, such as `plain-http:node:http`. */
const isOwn = (source: string): boolean => !/node_modules\/|^[\w-]+:/.test(source);

/** All numbers but the column count on from the segment before, also across lines; the column does within its line. */
function decoded(mappings: string): Segment[][] {
  const last = [0, 0, 0, 0, 0];
  return mappings.split(';').map((line) => {
    last[0] = 0;
    return line === '' ? [] : line.split(',').map((segment) => added(last, numbersIn(segment)));
  });
}

function added(last: number[], deltas: readonly number[]): Segment {
  for (const [index, delta] of deltas.entries()) last[index] = (last[index] ?? 0) + delta;
  return last.slice(0, deltas.length);
}

function encoded(lines: readonly Segment[][]): string {
  const last = [0, 0, 0, 0];
  const text = (segment: Segment) =>
    segment.map((value, index) => {
      const delta = value - (last[index] ?? 0);
      last[index] = value;
      return digitsOf(delta);
    });
  return lines
    .map((line) => {
      last[0] = 0;
      return line.map((segment) => text(segment).join('')).join(',');
    })
    .join(';');
}

/** Base64 VLQ: five bits a digit, the lowest first. The sixth bit says that another digit follows; the first bit of all is the sign. */
function numbersIn(segment: string): number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of segment) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}

function digitsOf(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1;
  let digits = '';
  do {
    const bits = rest & 31;
    rest >>>= 5;
    digits += DIGITS[rest > 0 ? bits | 32 : bits];
  } while (rest > 0);
  return digits;
}
