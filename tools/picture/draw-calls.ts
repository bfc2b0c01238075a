import type { Deployment } from './deployment.ts';
import { callerBox, type Layout, rowOf, TRIGGER_LINE } from './layout.ts';
import { arrow, type Box, bell, bottom, middle, type Point, rectangle, right, text } from './svg.ts';
import { senderOf } from './words.ts';

/** Draws the callers of the functions, and the queues for events that nobody could handle. */
export function drawCalls(deployment: Deployment, layout: Layout): string[] {
  return [...drawApi(deployment, layout), ...drawRules(deployment, layout), ...drawQueues(deployment, layout)];
}

function drawApi({ api }: Deployment, layout: Layout): string[] {
  const box = layout.api;
  const routes = [...api.routes.values()].reduce((sum, count) => sum + count, 0);
  const caller = callerBox(middle(box), 62);
  const said = [`${routes} routes, ${api.authorizations.join(', ')}`];
  return [
    rectangle(box, 'box s-api'),
    ...stacked(box, ['HTTP API', 'API Gateway', ...said], 1),
    ...drawCaller(caller, 'api'),
    arrow([
      [right(caller), middle(caller)],
      [box.x, middle(box)],
    ]),
    ...[...api.routes].flatMap(([id]) => {
      const row = rowOf(layout, { id });
      return [
        arrow([
          [right(box), middle(row)],
          [row.x, middle(row)],
        ]),
      ];
    }),
  ];
}

function drawRules({ machine }: Deployment, layout: Layout): string[] {
  return layout.rules.flatMap(({ rule, box, titles, lines }) => {
    const { hears, source, targetId } = rule;
    const caller = callerBox(middle(box), 62);
    const target = targetId === machine.id ? layout.machine : rowOf(layout, { id: targetId });
    const y = targetId === machine.id ? middle(box) : middle(target);
    const turn: Point = [box.x + box.width / 2, bottom(layout.machine) - 16];
    return [
      rectangle(box, 'box s-rule'),
      ...stacked(box, [...titles, ...lines, 'EventBridge rule'], titles.length),
      arrow([
        [right(box), y],
        [target.x, y],
      ]),
      ...(hears.includes(machine.id) ? [arrow([[layout.machine.x, turn[1]], turn, [turn[0], box.y]])] : []),
      ...(hears.length === 0 && source !== undefined
        ? [
            ...drawCaller(caller, source),
            arrow([
              [right(caller), middle(caller)],
              [box.x, middle(box)],
            ]),
          ]
        : []),
    ];
  });
}

function drawQueues({ functions, alarms }: Deployment, layout: Layout): string[] {
  return layout.queues.flatMap(({ queue, box }) => {
    const rules = layout.rules.filter(({ rule }) => rule.undeliveredTo === queue.id).map((each) => each.box);
    const rows = functions.filter(({ undeliveredTo }) => undeliveredTo === queue.id);
    const watched = alarms.some(({ watchedId }) => watchedId === queue.id);
    const [x, y] = [box.x + box.width / 2, middle(box)];
    return [
      rectangle(box, 'box s-queue'),
      ...stacked(box, ['Undelivered events', `SQS, for ${queue.keepsDays} days`], 1),
      ...(watched ? [bell([right(box) - 14, bottom(box) - 14])] : []),
      ...rules.map((from, index) =>
        index === rules.length - 1
          ? arrow(
              [
                [x, bottom(from)],
                [x, box.y],
              ],
              'lost',
            )
          : arrow(
              [
                [from.x, middle(from) + 8],
                [from.x - 9, middle(from) + 8],
                [from.x - 9, y],
                [box.x, y],
              ],
              'lost',
            ),
      ),
      ...rows.map((drawn) => {
        const row = rowOf(layout, drawn);
        return arrow(
          [
            [row.x, middle(row) + 12],
            [row.x - 16, middle(row) + 12],
            [row.x - 16, y],
            [right(box), y],
          ],
          'lost',
        );
      }),
    ];
  });
}

function drawCaller(box: Box, source: string): string[] {
  return [rectangle(box, 'box outside'), ...stacked(box, senderOf(source), 1)];
}

/** Lines in the middle of a box, the first ones bold. */
function stacked(box: Box, lines: readonly string[], boldCount: number): string[] {
  const first = middle(box) - ((lines.length - 1) * TRIGGER_LINE) / 2 + 4;
  return lines.map((each, index) =>
    text(each, {
      at: [box.x + box.width / 2, first + index * TRIGGER_LINE],
      size: 'small',
      widthMax: box.width - 8,
      anchor: 'middle',
      bold: index < boldCount,
      muted: index >= boldCount,
    }),
  );
}
