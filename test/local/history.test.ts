import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findHistory } from '../../tools/history/find.ts';
import { pageOf } from '../../tools/history/page.ts';
import { historyText } from '../../tools/history/text.ts';
import { type Timeline, timelineOf } from '../../tools/history/timeline.ts';
import { items, mapOf, named, open, task } from './fixture/machine.ts';

const Retry = [{ ErrorEquals: ['Throttled'], MaxAttempts: 2, IntervalSeconds: 1 }];

/**
 * An execution of the local machine: Plan, a Map of three iterations, and Complete. The second iteration is tried twice.
 * Complete fails until a redrive.
 */
async function ended({ redriven = false } = {}) {
  const states = {
    Plan: task({ ResultPath: null, OutputPath: '$', Next: 'Copy the parts' }),
    'Copy the parts': mapOf(task({ Retry, End: true }), { Next: 'Anything left?' }),
    'Anything left?': {
      Type: 'Choice',
      Choices: [{ Variable: '$.none', IsPresent: true, Next: 'Complete' }],
      Default: 'Complete',
    },
    Complete: task({
      Parameters: { FunctionName: 'Complete', Payload: { 'redrives.$': '$$.Execution.RedriveCount' } },
      End: true,
    }),
  };
  const attempts = new Map<unknown, number>();
  const opened = open(states, async (payload) => {
    attempts.set(payload.index, (attempts.get(payload.index) ?? 0) + 1);
    if (payload.index === 1 && attempts.get(1) === 1) throw named('Throttled');
    if (payload.redrives === 0) throw named('Refused');
    return {};
  });
  opened.executions.start({ name: 'transfer-1', input: items(3) });
  await opened.executions.settled('transfer-1');
  if (redriven) {
    opened.executions.redrive('transfer-1');
    await opened.executions.settled('transfer-1');
  }
  const events = opened.executions.history('transfer-1', { max: 1000 }).items;
  await opened.executions.close();
  return { home: opened.directory, events };
}

const told = ({ visits }: Timeline) =>
  visits.map(({ state, iteration, attempts }) => [state, iteration, attempts.map(({ error }) => error ?? 'ok')]);

describe('The history of an execution', () => {
  it('becomes visits of states, with iterations, attempts and errors', async () => {
    const { events } = await ended();
    const timeline = timelineOf(events);
    expect(told(timeline)).toEqual([
      ['Plan', undefined, ['ok']],
      ['Copy the parts', undefined, []],
      ['Copy', 0, ['ok']],
      ['Copy', 1, ['Throttled', 'ok']],
      ['Copy', 2, ['ok']],
      ['Complete', undefined, ['Refused']],
    ]);
    expect(timeline).toMatchObject({ status: 'FAILED', error: 'Refused', events: events.length });
    expect(timeline.visits.map(({ isOver }) => isOver)).toEqual([true, true, true, true, true, false]);
  });

  it('has the attempts of a redrive in the state that had failed', async () => {
    const timeline = timelineOf((await ended({ redriven: true })).events);
    const complete = told(timeline).filter(([state]) => state === 'Complete');
    expect(complete.flatMap(([, , attempts]) => attempts)).toEqual(['Refused', 'ok']);
    expect(timeline).toMatchObject({ status: 'SUCCEEDED', error: undefined });
  });

  it('ends with its last event while the execution runs', async () => {
    const { events } = await ended();
    const inTheMiddle = events.slice(
      0,
      events.findIndex(({ type }) => type === 'TaskSucceeded'),
    );
    const { status, visits } = timelineOf(inTheMiddle);
    expect(status).toBe('RUNNING');
    expect(visits).toMatchObject([{ state: 'Plan', isOver: false, attempts: [{ toMs: visits[0]!.toMs }] }]);
  });

  it('becomes a page that loads no other file, with a bar for each attempt and escaped text', async () => {
    const { events } = await ended();
    const page = pageOf('<b>&', timelineOf(events));
    expect(page).toContain('<h1>&lt;b&gt;&amp;</h1>');
    expect(page.match(/<rect class="done"/g)).toHaveLength(4);
    expect(page.match(/<rect class="failed"/g)).toHaveLength(2);
    expect(page).toMatch(/<td>#1 Copy<\/td><td>attempt 1<\/td><td>Throttled<\/td>/);
    expect(page.replace('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|src=|@import/);
  });

  it('becomes a table for a terminal', async () => {
    const lines = historyText(timelineOf((await ended()).events)).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^\+\d.* s +#1 Copy +Throttled$/));
    expect(lines.at(-1)).toMatch(/^FAILED: Refused, .* events$/);
  });

  it('is found by the name of the execution, or by the transfer (then it is that of the last execution)', async () => {
    const { home, events } = await ended();
    expect(findHistory(home, 'transfer-1').events).toEqual(events);
    for (const number of [9, 10]) {
      mkdirSync(join(home, 'executions', `transfer-${number}`));
      writeFileSync(join(home, 'executions', `transfer-${number}`, 'journal.jsonl'), '');
    }
    expect(findHistory(home, 'transfer').name).toBe('transfer-10');
    expect(() => findHistory(home, 'another')).toThrow(/no execution "another"/);
  });

  it('is also read from a file of the AWS CLI', async () => {
    const { events } = await ended();
    const path = join(mkdtempSync(join(tmpdir(), 'partway-history-')), 'history.json');
    const inSeconds = events.map((event) => ({ ...event, timestamp: Date.parse(event.timestamp) / 1000 }));
    writeFileSync(path, JSON.stringify({ events: inSeconds.toReversed() }));
    expect(timelineOf(findHistory('.', path).events)).toEqual(timelineOf(events));
  });

  it('is written as a page beside the journal by npm run history, which prints it as JSON too', async () => {
    const { home, events } = await ended();
    const told = execFileSync(process.execPath, ['tools/history/main.ts', 'transfer', '--home', home, '--json'], {
      encoding: 'utf8',
    });
    const { page, name, ...timeline } = JSON.parse(told);
    expect({ name, page }).toEqual({
      name: 'transfer-1',
      page: join(home, 'executions', 'transfer-1', 'history.html'),
    });
    expect(timeline).toEqual(JSON.parse(JSON.stringify(timelineOf(events))));
    expect(readFileSync(page, 'utf8')).toBe(pageOf('transfer-1', timelineOf(events)));
  });
});
