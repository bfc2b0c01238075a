/**
 * Colours for light and for dark pages. The picture has its own background, so it can be read even if the page is light
 * and the reader's system is dark. librsvg does not know CSS variables, so each rule has its own colour.
 */
const colours = {
  ground: ['#ffffff', '#0d1117'],
  frame: ['#f6f8fa', '#151b23'],
  edge: ['#d1d9e0', '#3d444d'],
  ink: ['#1f2328', '#f0f6fc'],
  muted: ['#59636e', '#9198a1'],
  wire: ['#c8d1da', '#3d444d'],
  call: ['#59636e', '#9198a1'],
  lambda: ['#d9730d', '#f0883e'],
  machine: ['#bf3989', '#f778ba'],
  machineGround: ['#fff0f7', '#241723'],
  api: ['#8250df', '#ab7df8'],
  rule: ['#bf3989', '#f778ba'],
  queue: ['#9a6700', '#d29922'],
  alarm: ['#cf222e', '#f85149'],
  table: ['#0969da', '#4493f8'],
  endpoints: ['#0b7285', '#39c5cf'],
  bus: ['#bf3989', '#f778ba'],
  secret: ['#cf222e', '#f85149'],
  store: ['#1a7f37', '#3fb950'],
} as const satisfies Record<string, readonly [light: string, dark: string]>;

type Colour = keyof typeof colours;

/** The kinds of boxes. Each kind has a colour for its stripe, its line and its dots. */
export type Kind = 'lambda' | 'machine' | 'api' | 'rule' | 'queue' | 'table' | 'endpoints' | 'bus' | 'secret' | 'store';

const kinds: readonly Kind[] = [
  ...(['lambda', 'machine', 'api', 'rule', 'queue', 'table', 'endpoints', 'bus', 'secret', 'store'] as const),
];

export function style(): string {
  const fonts = '-apple-system, BlinkMacSystemFont, "Segoe UI", Helvetica, Arial, "DejaVu Sans", sans-serif';
  return `<style>
text { font-family: ${fonts} }
.title { font-size: 17px } .name { font-size: 12.5px } .text { font-size: 11.5px } .small { font-size: 10.5px }
.bold { font-weight: 600 } .line { fill: none; stroke-width: 1.4 } .outside { stroke-dasharray: 5 3 }
.thick { stroke-width: 2 } .dot { stroke-width: 2 }
${rules(0)}
@media (prefers-color-scheme: dark) {
${rules(1)}
}
</style>`;
}

function rules(scheme: 0 | 1): string {
  const of = (colour: Colour) => colours[colour][scheme];
  return [
    `.ground { fill: ${of('ground')} } .frame { fill: ${of('frame')}; stroke: ${of('edge')} }`,
    `text { fill: ${of('ink')} } text.muted { fill: ${of('muted')} }`,
    `.box { fill: ${of('ground')}; stroke: ${of('edge')} } .hollow { fill: ${of('ground')} }`,
    `.machines { fill: ${of('machineGround')}; stroke: ${of('machine')} }`,
    `.wire { stroke: ${of('wire')} } .call { stroke: ${of('call')} } .head.call { fill: ${of('call')}; stroke: none } .lost { stroke: ${of('queue')}; stroke-dasharray: 4 3 } .head.lost { fill: ${of('queue')}; stroke: none }`,
    `.bell { fill: ${of('alarm')} } .key { stroke: ${of('muted')} } .key.full { fill: ${of('muted')} }`,
    ...kinds.map((kind) => `.s-${kind} { stroke: ${of(kind)} } .f-${kind} { fill: ${of(kind)} }`),
  ].join('\n');
}
