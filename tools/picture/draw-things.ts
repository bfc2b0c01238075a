import type { Deployment, Thing, ThingKind, Touch } from './deployment.ts';
import { type Layout, MACHINE_HEAD, rowOf } from './layout.ts';
import { arrow, type Box, bottom, circle, diamond, line, middle, type Point, rectangle, right, text } from './svg.ts';

/** Draws the things that functions touch: a line for each thing, and a dot for each function that may touch it. */
export function drawThings(deployment: Deployment, layout: Layout): string[] {
  return [
    ...drawRows(deployment, layout),
    ...layout.owned.flatMap(({ thing, box }) => drawOwned(deployment, layout, thing, box)),
    ...drawMachineLine(deployment, layout),
    ...layout.foreign.flatMap((each) => drawForeign(deployment, layout, each)),
    ...drawDots(deployment, layout),
  ];
}

function drawRows({ functions }: Deployment, layout: Layout): string[] {
  return functions.flatMap((drawn) => {
    const box = rowOf(layout, drawn);
    const ends = [...drawn.touches.keys()].flatMap((id) => layout.lineX.get(id) ?? []);
    return ends.length === 0
      ? []
      : [
          line(
            [
              [right(box), middle(box)],
              [Math.max(...ends), middle(box)],
            ],
            'wire',
          ),
        ];
  });
}

/** The middles of the rows that touch a thing, from top to bottom. */
function touchedAt({ functions }: Deployment, layout: Layout, id: string): number[] {
  return functions
    .filter(({ touches }) => touches.has(id))
    .map((drawn) => middle(rowOf(layout, drawn)))
    .toSorted((one, other) => one - other);
}

function drawOwned(deployment: Deployment, layout: Layout, thing: Thing, box: Box): string[] {
  const x = layout.lineX.get(thing.id) ?? 0;
  const last = touchedAt(deployment, layout, thing.id).at(-1) ?? bottom(box);
  return [
    line(
      [
        [x, bottom(box)],
        [x, last],
      ],
      `thick s-${thing.kind}`,
    ),
    ...labelled(box, thing, ''),
  ];
}

function drawMachineLine(deployment: Deployment, layout: Layout): string[] {
  const { id } = deployment.machine;
  const x = layout.lineX.get(id) ?? 0;
  const y = layout.machine.y + MACHINE_HEAD / 2;
  const rows = [y, ...touchedAt(deployment, layout, id)];
  return [
    line(
      [
        [x, Math.min(...rows)],
        [x, Math.max(...rows)],
      ],
      'thick s-machine',
    ),
    arrow(
      [
        [x, y],
        [right(layout.machine), y],
      ],
      'thick s-machine f-machine',
    ),
  ];
}

function drawForeign(
  deployment: Deployment,
  layout: Layout,
  { thing, box, turnY }: Layout['foreign'][number],
): string[] {
  const x = layout.lineX.get(thing.id) ?? 0;
  const to = box.x + box.width / 2;
  const first = touchedAt(deployment, layout, thing.id)[0] ?? turnY;
  const way: Point[] = [
    [x, first],
    [x, turnY],
    [to, turnY],
    [to, box.y],
  ];
  return [line(way, `thick s-${thing.kind}`), ...labelled(box, thing, 'outside')];
}

function labelled(box: Box, { kind, title, lines }: Thing, classes: string): string[] {
  const widthMax = box.width - 20;
  return [
    rectangle(box, `box s-${kind} ${classes}`),
    text(title, { at: [box.x + 14, box.y + 17], size: 'name', widthMax, bold: true }),
    ...lines.map((each, index) =>
      text(each, { at: [box.x + 14, box.y + 32 + index * 15], size: 'small', widthMax, muted: true }),
    ),
  ];
}

function drawDots({ functions, machine, things }: Deployment, layout: Layout): string[] {
  const kinds = new Map<string, ThingKind | 'machine'>([
    ...things.map(({ id, kind }) => [id, kind] as const),
    [machine.id, 'machine'],
  ]);
  return functions.flatMap((drawn) =>
    [...drawn.touches].flatMap(([id, touch]) => {
      const x = layout.lineX.get(id);
      const kind = kinds.get(id);
      return x === undefined || kind === undefined ? [] : [dot([x, middle(rowOf(layout, drawn))], touch, kind)];
    }),
  );
}

function dot(at: Point, touch: Touch, kind: ThingKind | 'machine'): string {
  switch (touch) {
    case 'reads':
      return circle(at, 5, `dot hollow s-${kind}`);
    case 'writes':
      return circle(at, 5, `dot s-${kind} f-${kind}`);
    case 'by keys':
      return diamond(at, 6, `dot hollow s-${kind}`);
  }
}
