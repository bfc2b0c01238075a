import { bell, circle, diamond, type Point, rectangle, text } from './svg.ts';

const WORDS_X = 24;
const COLUMNS = [0, 134, 290];
const ROW_HEIGHT = 20;

/** Draws the meanings of the marks, in rows of three. */
export function drawLegend([x, y]: Point): string[] {
  return marks().map(([mark, words], index) => {
    const [left, top] = [x + (COLUMNS[index % 3] ?? 0), y + Math.floor(index / 3) * ROW_HEIGHT];
    const said = text(words, { at: [WORDS_X, 4], size: 'small', widthMax: 260, muted: true });
    return `<g transform="translate(${left} ${top})">${mark}${said}</g>`;
  });
}

function marks(): (readonly [mark: string, words: string])[] {
  const card = { width: 13, height: 9 };
  return [
    [circle([7, 0], 5, 'dot hollow key'), 'may read it'],
    [circle([7, 0], 5, 'dot key full'), 'may change it'],
    [diamond([7, 0], 6, 'dot hollow key'), 'may do with it what its keys allow'],
    [rectangle({ x: -1, y: -6, width: 16, height: 12 }, 'box outside', 3), 'not in the stack'],
    [bell([7, 0]), 'has an alarm'],
    [
      [4, 2, 0].map((offset) => rectangle({ x: offset - 1, y: offset - 7, ...card }, 'box', 2)).join(''),
      'runs many times side by side',
    ],
  ];
}
