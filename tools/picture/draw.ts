import type { Deployment } from './deployment.ts';
import { drawCalls } from './draw-calls.ts';
import { drawLegend } from './draw-legend.ts';
import { drawThings } from './draw-things.ts';
import { type Layout, layoutOf, MACHINE_HEAD, rowOf } from './layout.ts';
import { style } from './style.ts';
import { type Box, bell, rectangle, right, text, wrapped } from './svg.ts';
import { purposes } from './words.ts';

/** The picture as an SVG file. */
export function draw(deployment: Deployment): string {
  const layout = layoutOf(deployment);
  const { width, height } = layout;
  const shapes = [
    rectangle({ x: 0.5, y: 0.5, width: width - 1, height: height - 1 }, 'ground', 10),
    rectangle(layout.frame, 'frame', 10),
    ...drawHead(deployment, layout),
    ...drawLegend([layout.frame.x + 18, 80]),
    ...drawMachine(deployment, layout),
    ...drawThings(deployment, layout),
    ...drawFunctions(deployment, layout),
    ...drawCalls(deployment, layout),
    ...drawNotes(deployment, layout),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>What Partway deploys</title>
<desc>${described(deployment)}</desc>
${style()}
${shapes.join('\n')}
</svg>
`;
}

/** The text for people whose screen reader reads the picture aloud. */
function described({ functions, api, rules, machine, alarms }: Deployment): string {
  const routes = [...api.routes.values()].reduce((sum, count) => sum + count, 0);
  return `An HTTP API with ${routes} routes, ${rules.length} rules of EventBridge, a state machine with ${machine.functionIds.length} functions, ${functions.length} functions in all (${functions.map(({ name }) => name).join(', ')}), and ${alarms.length} alarms.`;
}

function drawHead({ stackName, functions }: Deployment, { frame, lineX }: Layout): string[] {
  const x = frame.x + 18;
  const widthMax = Math.min(...lineX.values()) - x;
  return [
    text(`The stack “${stackName}”`, { at: [x, 42], size: 'title', widthMax, bold: true }),
    text(`${functions.length} Lambda functions. Left: what calls them. Right: what they may touch.`, {
      at: [x, 61],
      size: 'text',
      widthMax,
      muted: true,
    }),
  ];
}

function drawMachine({ machine, alarms }: Deployment, { machine: box }: Layout): string[] {
  const watched = alarms.some(({ watchedId }) => watchedId === machine.id);
  return [
    rectangle(box, 'machines', 8),
    text('State machine', { at: [box.x + 12, box.y + 22], size: 'name', widthMax: 130, bold: true }),
    text('Step Functions', {
      at: [right(box) - 32, box.y + 22],
      size: 'small',
      widthMax: 130,
      anchor: 'end',
      muted: true,
    }),
    ...(watched ? [bell([right(box) - 18, box.y + MACHINE_HEAD / 2 + 1])] : []),
  ];
}

function drawFunctions({ functions, machine, alarms }: Deployment, layout: Layout): string[] {
  return functions.flatMap((drawn) => {
    const box = rowOf(layout, drawn);
    const watched = alarms.some(({ watchedId }) => watchedId === drawn.id);
    const copies = machine.manyAtOnce.has(drawn.id) ? [6, 3] : [];
    return [
      ...copies.map((offset) => rectangle({ ...box, x: box.x + offset, y: box.y + offset - 1 }, 'box')),
      ...titled(box, 'lambda', drawn.name, purposes[drawn.name]),
      text(`${drawn.memoryMiB} MB, ${timeText(drawn.timeoutSeconds)}`, {
        at: [right(box) - (watched ? 30 : 10), box.y + 16],
        size: 'small',
        widthMax: 140,
        anchor: 'end',
        muted: true,
      }),
      ...(watched ? [bell([right(box) - 16, box.y + 13])] : []),
    ];
  });
}

function titled(box: Box, kind: string, name: string, purpose: string): string[] {
  return [
    rectangle(box, 'box'),
    rectangle({ ...box, width: 5 }, `f-${kind}`, 2.5),
    text(name, { at: [box.x + 14, box.y + 16], size: 'name', widthMax: 150, bold: true }),
    text(purpose, { at: [box.x + 14, box.y + 32], size: 'small', widthMax: box.width - 18 }),
  ];
}

function timeText(seconds: number): string {
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

/** Draws the notes about all functions: alarms, logs, traces. */
function drawNotes({ alarms, logs, functions }: Deployment, { notes }: Layout): string[] {
  const pages = [...new Set(alarms.map(({ page }) => page))].join(', ');
  const traced = functions.filter(({ isTraced }) => isTraced).length;
  const words = [
    ...wrapped(`${alarms.length} CloudWatch alarms: ${pages}`, 'small', notes.width - 24),
    `${logs.count} log groups, ${logs.days.join(' or ')} days; X-Ray traces ${traced} functions`,
  ];
  return [
    bell([notes.x + 6, notes.y + 8]),
    ...words.map((each, index) =>
      text(each, {
        at: [notes.x + 20, notes.y + 12 + index * 15],
        size: 'small',
        widthMax: notes.width + 24,
        muted: true,
      }),
    ),
  ];
}
