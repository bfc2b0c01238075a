/** The few shapes that the picture needs. Colours and sizes of text are classes: style.ts. */

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type Point = readonly [x: number, y: number];

// The width of a letter. Browsers have narrower letters, and no font that GitHub shows has wider ones.
const LETTER_SHARE = 0.58;
const WIDER_SHARE = 1.12; // Bold letters are wider by this factor.
const letterPixels = { title: 17, name: 12.5, text: 11.5, small: 10.5 } as const;
export type Size = keyof typeof letterPixels;

export type Text = {
  readonly at: Point;
  readonly size: Size;
  /** A wider text throws, because it would not fit into its box. */
  readonly widthMax: number;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly bold?: boolean;
  readonly muted?: boolean;
};

export function text(content: string, { at, size, widthMax, anchor = 'start', bold, muted }: Text): string {
  if (pixelsOf(content, size, bold) > widthMax)
    throw new Error(`The picture has no room for "${content}" in ${widthMax} pixels.`);
  const classes = [size, bold ? 'bold' : '', muted ? 'muted' : ''].filter((each) => each !== '').join(' ');
  const [x, y] = at;
  return `<text x="${x}" y="${y}" class="${classes}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

/** Cuts a text into lines of at most this width, between words, and after commas and slashes of words that are longer. */
export function wrapped(content: string, size: Size, widthMax: number): string[] {
  const lines: string[] = [];
  for (const word of content.split(/(?<=[ ,/-])/)) {
    const last = lines.at(-1);
    if (last !== undefined && pixelsOf((last + word).trimEnd(), size) <= widthMax)
      lines[lines.length - 1] = last + word;
    else lines.push(word);
  }
  return lines.map((line) => line.trim());
}

function pixelsOf(content: string, size: Size, bold = false): number {
  return content.length * letterPixels[size] * LETTER_SHARE * (bold ? WIDER_SHARE : 1);
}

export function rectangle({ x, y, width, height }: Box, classes: string, radius = 6): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${radius}" class="${classes}"/>`;
}

export function line(points: readonly Point[], classes: string): string {
  return `<path d="M${points.map((point) => point.join(' ')).join(' L')}" class="line ${classes}"/>`;
}

/** A line with a head that we draw ourselves, because not every program shows an SVG marker in the line's colour. */
export function arrow(points: readonly Point[], classes = 'call'): string {
  const [end = [0, 0], before = [0, 0]] = points.toReversed();
  const [dx, dy] = [Math.sign(end[0] - before[0]), Math.sign(end[1] - before[1])];
  const back: Point = [end[0] - dx * 8, end[1] - dy * 8];
  const head = [end, [back[0] - dy * 4, back[1] - dx * 4], [back[0] + dy * 4, back[1] + dx * 4]];
  return (
    line([...points.slice(0, -1), back], classes) +
    `<path d="M${head.map((point) => point.join(' ')).join(' L')} Z" class="head ${classes}"/>`
  );
}

export function circle([x, y]: Point, radius: number, classes: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" class="${classes}"/>`;
}

export function diamond([x, y]: Point, radius: number, classes: string): string {
  return `<path d="M${x - radius} ${y} L${x} ${y - radius} L${x + radius} ${y} L${x} ${y + radius} Z" class="${classes}"/>`;
}

/** A bell, 12 wide and 13 high, with its middle at the point. */
export function bell([x, y]: Point): string {
  return `<path transform="translate(${x - 6} ${y - 6.5})" class="bell" d="M6 0a4 4 0 0 0-4 4v3L.5 9.5h11L10 7V4a4 4 0 0 0-4-4ZM4.3 10.5a1.8 1.8 0 0 0 3.4 0Z"/>`;
}

export function right({ x, width }: Box): number {
  return x + width;
}

export function bottom({ y, height }: Box): number {
  return y + height;
}

export function middle({ y, height }: Box): number {
  return y + height / 2;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
