import { tableText } from '../cli/text/tables.ts';
import { nameOf, secondsText } from './page.ts';
import type { Timeline, Visit } from './timeline.ts';

/** Shows for a terminal when the execution entered each state, how long the state took, and what failed in it. */
export function historyText({ visits, status, error, events, fromMs, toMs }: Timeline): string {
  const rows = visits.map((visit) => [
    `+${secondsText(visit.fromMs - fromMs)}`,
    secondsText(visit.toMs - visit.fromMs),
    nameOf(visit),
    failuresOf(visit),
  ]);
  const end = error === undefined ? status : `${status}: ${error}`;
  return `${tableText([['at', 'took', 'state', 'failed attempts'], ...rows])}\n${end}, ${secondsText(toMs - fromMs)}, ${events} events`;
}

function failuresOf({ attempts }: Visit): string {
  return attempts.flatMap(({ error }) => (error === undefined ? [] : [error])).join(', ');
}
