export type Point = { readonly copyingMiB: number; readonly seconds: number; readonly usd: number };

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [720, 360, 64, 24, 48, 52];
const [MINUTES_MAX, USD_MAX] = [50, 4];
const goals = [
  { minutes: 10, usd: 2.5 },
  { minutes: 30, usd: 1.1 },
];

type Curves = { readonly onXeon: readonly Point[]; readonly onSlowCore: readonly Point[] };

/** Cost over time for 5 TiB, a point for each size of the Lambdas. The goals are the corners of the two boxes. */
export function drawSpeeds({ onXeon, onSlowCore }: Curves): string {
  const told = onXeon.map(
    ({ copyingMiB, seconds, usd }) => `${copyingMiB} MB: ${minutes(seconds)} min, ${usd.toFixed(2)} USD`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img">
<title>What 5 TiB cost over the time that they take, with 40 Lambdas of different sizes</title>
<desc>${told.join('. ')}.</desc>
<style>
text { font: 11.5px -apple-system, BlinkMacSystemFont, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: #1f2328 }
.title { font-size: 13px; font-weight: 600 } .muted { fill: #59636e } .ground { fill: #ffffff } .axis { stroke: #d1d9e0; fill: none }
.xeon { stroke: #8250df; fill: none; stroke-width: 2 } .slow { stroke: #bf8700; fill: none; stroke-width: 2 } .goal { fill: #dafbe1; stroke: #1a7f37; stroke-dasharray: 4 3 }
</style>
<rect class="ground" width="${WIDTH}" height="${HEIGHT}" rx="10"/>
<text class="title" x="${LEFT}" y="26">5 TiB with 40 Lambdas: USD over minutes, a point for each size of memory</text>
${goals.map(drawGoal).join('\n')}
<path class="axis" d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}"/>
${[10, 20, 30, 40, 50].map((each) => `<text class="muted" x="${x(each)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${each} min</text>`).join('\n')}
${[1, 2, 3, 4].map((each) => `<text class="muted" x="${LEFT - 8}" y="${y(each) + 4}" text-anchor="end">${each} USD</text>`).join('\n')}
${drawCurve(onSlowCore, 'slow')}
${drawCurve(onXeon, 'xeon')}
<text class="muted" x="${WIDTH - RIGHT}" y="${TOP + 14}" text-anchor="end">violet: 3.0 CPU seconds a GiB, as measured; yellow: 4.8, a slower core</text>
<text class="muted" x="${WIDTH - RIGHT}" y="${TOP + 30}" text-anchor="end">green: the goals, 10 min for 2.5 USD and 30 min for 1.1 USD</text>
</svg>
`;
}

function drawGoal({ minutes: most, usd }: (typeof goals)[number]): string {
  return `<rect class="goal" x="${LEFT}" y="${y(usd)}" width="${round(x(most) - LEFT)}" height="${round(y(0) - y(usd))}"/>`;
}

function drawCurve(points: readonly Point[], name: string): string {
  const seen = points.filter(({ seconds, usd }) => seconds / 60 <= MINUTES_MAX && usd <= USD_MAX);
  const places = seen.map(({ seconds, usd }) => `${x(seconds / 60)},${y(usd)}`);
  const dots = seen.map(({ copyingMiB, seconds, usd }) => {
    const [atX, atY] = [x(seconds / 60), y(usd)];
    const label = [640, 1024, 2048, 4096, 8192].includes(copyingMiB) && name === 'xeon';
    const text = label ? `<text x="${atX + 6}" y="${atY - 6}">${copyingMiB} MB</text>` : '';
    return `<circle class="${name}" cx="${atX}" cy="${atY}" r="3"/>${text}`;
  });
  return [`<polyline class="${name}" points="${places.join(' ')}"/>`, ...dots].join('\n');
}

function x(atMinutes: number): number {
  return round(LEFT + (atMinutes / MINUTES_MAX) * (WIDTH - LEFT - RIGHT));
}

function y(usd: number): number {
  return round(HEIGHT - BOTTOM - (usd / USD_MAX) * (HEIGHT - TOP - BOTTOM));
}

const minutes = (seconds: number): string => (seconds / 60).toFixed(1);
const round = (place: number): number => Math.round(place * 10) / 10;
