import { sizeText } from '../../../functions/transfer/values/sizes.ts';
import type { Counted } from './run.ts';
import { usdPerGiB } from './table.ts';

const [WIDTH, HEIGHT, LEFT, TOP, GAP] = [720, 300, 64, 48, 64];
const PANEL = { width: (WIDTH - 2 * LEFT - GAP + 24) / 2, height: HEIGHT - TOP - 52 };

type Curve = {
  readonly title: string;
  readonly rows: readonly Counted[];
  readonly amountOf: (row: Counted) => number;
  readonly goal: { readonly value: number; readonly text: string };
};

/** Two curves over the size of the object: the events of a history, and the cost of a GiB. Both axes are logarithmic. */
export function drawScale(rows: readonly Counted[]): string {
  const large = rows.filter(({ parts }) => parts > 1);
  const curves: readonly Curve[] = [
    {
      title: 'Events in the history',
      rows: large,
      amountOf: ({ events }) => events,
      goal: { value: 25_000, text: '25,000, the limit of AWS' },
    },
    {
      title: 'USD a GiB',
      rows: large,
      amountOf: usdPerGiB,
      goal: { value: 0.0003, text: '0.0003, the goal at 5 TiB' },
    },
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>How events and cost grow with the size of an object</title>
<desc>${large.map((row) => `${sizeText(row.objectBytes)}: ${row.events} events, ${usdPerGiB(row).toPrecision(2)} USD a GiB`).join('. ')}.</desc>
<style>
text { font: 11.5px -apple-system, BlinkMacSystemFont, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 13px; font-weight: 600 } .muted { fill: #59636e } .ground { fill: #ffffff } .axis { stroke: #d1d9e0; fill: none }
.curve { stroke: #8250df; stroke-width: 2; fill: none } .dot { fill: #8250df } .goal { stroke: #9a6700; stroke-dasharray: 4 3 }
</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="10"/>
${curves.map((curve, index) => drawCurve(curve, LEFT + index * (PANEL.width + GAP))).join('\n')}
</svg>
`;
}

function drawCurve({ title, rows, amountOf, goal }: Curve, left: number): string {
  const values = [...rows.map(amountOf), goal.value];
  const x = scale(
    rows.map(({ objectBytes }) => objectBytes),
    [left, left + PANEL.width],
  );
  const y = scale(values, [TOP + PANEL.height, TOP + 10]);
  const points = rows.map((row) => ({ row, at: [x(row.objectBytes), y(amountOf(row))] as const }));
  const bottom = TOP + PANEL.height;
  return [
    `<text class="title" x="${left}" y="26">${title}</text>`,
    `<path class="axis" d="M${left} ${TOP}V${bottom}H${left + PANEL.width}"/>`,
    `<line class="goal" x1="${left}" x2="${left + PANEL.width}" y1="${round(y(goal.value))}" y2="${round(y(goal.value))}"/>`,
    `<text class="muted" x="${left + PANEL.width}" y="${round(y(goal.value)) - 4}" text-anchor="end">${goal.text}</text>`,
    `<polyline class="curve" points="${points.map(({ at }) => at.map(round).join(',')).join(' ')}"/>`,
    ...points.map(({ row, at: [atX, atY] }, index) =>
      [
        `<circle class="dot" cx="${round(atX)}" cy="${round(atY)}" r="3"/>`,
        `<text x="${round(atX)}" y="${round(atY) + (index % 2 === 0 ? 16 : -8)}" text-anchor="middle">${Number(amountOf(row).toPrecision(2)).toLocaleString('en-US', { maximumSignificantDigits: 2 })}</text>`,
        `<text class="muted" x="${round(atX)}" y="${bottom + (index % 2 === 0 ? 16 : 30)}" text-anchor="middle">${sizeText(row.objectBytes)}</text>`,
      ].join('\n'),
    ),
  ].join('\n');
}

/** Where a value lies between two ends. Equal ratios have equal distances. */
function scale(values: readonly number[], [from, to]: readonly [number, number]): (value: number) => number {
  const [least, most] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  return (value) => from + ((Math.log(value) - least) / (most - least || 1)) * (to - from);
}

const round = (place: number): number => Math.round(place * 10) / 10;
