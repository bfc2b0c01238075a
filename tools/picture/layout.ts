import type { Deployment, DrawnFunction, Queue, Rule, Thing } from './deployment.ts';
import { type Box, bottom, wrapped } from './svg.ts';

/** The places of everything. A function is a row. A thing that functions touch is a vertical line beside the rows. */
export type Layout = {
  readonly width: number;
  readonly height: number;
  readonly frame: Box;
  readonly api: Box;
  readonly machine: Box;
  readonly functions: ReadonlyMap<string, Box>;
  readonly rules: readonly {
    readonly rule: Rule;
    readonly box: Box;
    readonly titles: readonly string[];
    readonly lines: readonly string[];
  }[];
  readonly queues: readonly { readonly queue: Queue; readonly box: Box }[];
  /** Where the line of a thing is, the machine's too. */
  readonly lineX: ReadonlyMap<string, number>;
  readonly owned: readonly { readonly thing: Thing; readonly box: Box }[];
  readonly foreign: readonly { readonly thing: Thing; readonly box: Box; readonly turnY: number }[];
  readonly notes: Box;
};

export const EDGE = 12;
const CALLER_WIDTH = 104;
const TRIGGER = { x: EDGE + CALLER_WIDTH + 46, width: 152 };
const FUNCTION = { x: 348, width: 292, height: 40, step: 46 };
export const MACHINE_HEAD = 34;
const MACHINE_PAD = 10;
const GROUP_GAP = 18;
const LINE_STEP = 34;
const OWNED = { height: 40, step: 48 };
const FOREIGN = { height: 62, gap: 14, turnStep: 9 };
export const TRIGGER_LINE = 14;

export function layoutOf(deployment: Deployment): Layout {
  const { machine, things } = deployment;
  const lines = [
    machine.id,
    ...things.toSorted((one, other) => Number(other.isOwned) - Number(one.isOwned)).map(({ id }) => id),
  ];
  const firstX = FUNCTION.x + FUNCTION.width + MACHINE_PAD + 30;
  const lineX = new Map(lines.map((id, index) => [id, firstX + index * LINE_STEP]));
  const width = firstX + (lines.length - 1) * LINE_STEP + 74;
  const frameRight = width - EDGE;
  const owned = things
    .filter(({ isOwned }) => isOwned)
    .map((thing, index) => {
      const x = (lineX.get(thing.id) ?? 0) - 14;
      return { thing, box: { x, y: EDGE + 14 + index * OWNED.step, width: frameRight - 14 - x, height: OWNED.height } };
    });
  const rows = rowsOf(deployment, EDGE + 14 + Math.max(owned.length * OWNED.step, 92) + 10);
  const frameX = TRIGGER.x - 18;
  const frame = { x: frameX, y: EDGE, width: frameRight - frameX, height: rows.end + 16 - EDGE };
  const foreignThings = things.filter(({ isOwned }) => !isOwned);
  const foreignY = bottom(frame) + 16 + FOREIGN.turnStep * foreignThings.length + 12;
  const foreignWidth = (width - 2 * EDGE + FOREIGN.gap) / foreignThings.length - FOREIGN.gap;
  const foreign = foreignThings.map((thing, index) => ({
    thing,
    box: { x: EDGE + index * (foreignWidth + FOREIGN.gap), y: foreignY, width: foreignWidth, height: FOREIGN.height },
    turnY: bottom(frame) + 16 + FOREIGN.turnStep * index,
  }));
  return { ...rows, width, height: foreignY + FOREIGN.height + EDGE, frame, lineX, owned, foreign };
}

type Rows = Pick<Layout, 'api' | 'machine' | 'functions' | 'rules' | 'queues' | 'notes'> & { readonly end: number };

/** The rows from top to bottom: functions of the API, of a schedule, of the machine, and of the machine's events. */
function rowsOf(deployment: Deployment, top: number): Rows {
  const { api, machine, rules } = deployment;
  const place = openPlaces(deployment);
  let y = top;
  const apiEnd = place.functions([...api.routes.keys()], y);
  const apiBox = { ...TRIGGER, y, height: apiEnd - y };
  y = apiEnd + GROUP_GAP;
  const ofFunctions = rules.filter(({ targetId }) => targetId !== machine.id);
  for (const rule of ofFunctions.filter(({ schedule }) => schedule !== undefined))
    y = Math.max(place.functions([rule.targetId], y), place.triggers([rule], y)) + GROUP_GAP;
  const ofMachine = rules.filter(({ targetId }) => targetId === machine.id);
  const insideEnd = place.functions(machine.functionIds, y + MACHINE_HEAD) + MACHINE_PAD;
  const machineEnd = Math.max(insideEnd, place.triggers(ofMachine, y));
  const machineBox = {
    x: FUNCTION.x - MACHINE_PAD,
    y,
    width: FUNCTION.width + 2 * MACHINE_PAD,
    height: machineEnd - y,
  };
  y = machineEnd + GROUP_GAP + 8;
  let notesY = y;
  for (const rule of ofFunctions.filter(({ schedule }) => schedule === undefined)) {
    notesY = place.functions([rule.targetId], y) + GROUP_GAP;
    y = Math.max(notesY, place.triggers([rule], y) + GROUP_GAP);
  }
  const notes = { x: FUNCTION.x, y: notesY, width: FUNCTION.width, height: 62 };
  return { api: apiBox, machine: machineBox, ...place.placed, notes, end: Math.max(y - GROUP_GAP, bottom(notes)) };
}

/** Puts functions and triggers below each other. Each call says where its column ends. */
function openPlaces(deployment: Deployment) {
  const functions = new Map<string, Box>();
  const rules: Layout['rules'][number][] = [];
  const queues: Layout['queues'][number][] = [];
  return {
    placed: { functions, rules, queues },
    functions: (ids: readonly string[], from: number): number => {
      ids.forEach((id, index) => {
        if (functions.has(id)) throw new Error(`The picture has room for one caller of ${id}, and it has two.`);
        functions.set(id, { ...FUNCTION, y: from + index * FUNCTION.step });
      });
      return from + (ids.length - 1) * FUNCTION.step + FUNCTION.height;
    },
    triggers: (called: readonly Rule[], from: number): number => {
      const column = triggerColumn(deployment, called, from);
      rules.push(...column.rules);
      queues.push(...column.queues);
      return column.end;
    },
  };
}

/** Rules one below the other, and below each the queue that gets what it could not deliver. */
function triggerColumn({ queues }: Deployment, called: readonly Rule[], from: number) {
  const placed: Layout['rules'][number][] = [];
  const filled: Layout['queues'][number][] = [];
  let y = from;
  called.forEach((rule, index) => {
    const lines = rule.lines.flatMap((each) => wrapped(each, 'small', TRIGGER.width - 20));
    const titles = wrapped(rule.title, 'small', TRIGGER.width - 30);
    const box = { ...TRIGGER, y, height: 12 + TRIGGER_LINE * (titles.length + lines.length + 1) };
    placed.push({ rule, box, titles, lines });
    y = bottom(box) + 24;
    const isLast = !called.slice(index + 1).some(({ undeliveredTo }) => undeliveredTo === rule.undeliveredTo);
    const queue = queues.find(({ id }) => id === rule.undeliveredTo);
    if (!queue || !isLast) return;
    filled.push({ queue, box: { ...TRIGGER, y, height: 40 } });
    y += 40 + 24;
  });
  return { rules: placed, queues: filled, end: y - 24 };
}

export function rowOf(layout: Layout, { id }: Pick<DrawnFunction, 'id'>): Box {
  const box = layout.functions.get(id);
  if (!box) throw new Error(`The picture has no row for ${id}.`);
  return box;
}

export function callerBox(at: number, height: number): Box {
  return { x: EDGE, y: at - height / 2, width: CALLER_WIDTH, height };
}
