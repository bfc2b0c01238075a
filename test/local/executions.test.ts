import { describe, expect, it } from 'vitest';
import { until } from './fixture/functions.ts';
import { eventTypes, items, mapOf, named, open, pause, task } from './fixture/machine.ts';

const statuses = (changes: readonly { detail: unknown }[]) =>
  changes.map(({ detail }) => (detail as { status: string }).status);

describe('a start', () => {
  it('with the name and input of a running execution returns that one, and is ExecutionAlreadyExists otherwise', async () => {
    const { executions } = open({ Copy: task() }, () => pause(50));
    const first = executions.start({ name: 'one', input: { n: 1 } });
    expect(executions.start({ name: 'one', input: { n: 1 } }).executionArn).toBe(first.executionArn);
    expect(() => executions.start({ name: 'one', input: { n: 2 } })).toThrow('Execution Already Exists');
    await executions.settled('one');
    expect(() => executions.start({ name: 'one', input: { n: 1 } })).toThrow('Execution Already Exists');
    expect(executions.list().items).toHaveLength(1);
  });

  it.each(['..', 'a/b', '', 'x'.repeat(81)])('refuses the name "%s"', (name) => {
    const { executions } = open({ Copy: task() }, async () => ({}));
    expect(() => executions.start({ name })).toThrow('Invalid Name');
  });

  it('announces each status once, with the times and the output', async () => {
    const { executions, changes } = open({ Copy: task() }, async () => ({ done: true }));
    const { name, executionArn } = executions.start({ input: { n: 1 } });
    await executions.settled(name);
    expect(statuses(changes)).toEqual(['RUNNING', 'SUCCEEDED']);
    expect(changes[1]).toMatchObject({
      source: 'aws.states',
      'detail-type': 'Step Functions Execution Status Change',
      detail: {
        executionArn,
        input: '{"n":1}',
        output: '{"done":true}',
        redriveCount: 0,
        stopDate: expect.any(Number),
      },
    });
  });
});

describe('a redrive', () => {
  it('runs the failed Task again under the same ARN, with its input and a higher RedriveCount', async () => {
    const seen: unknown[] = [];
    const Parameters = { FunctionName: 'Copy', Payload: { 'redrives.$': '$$.Execution.RedriveCount', 'n.$': '$.n' } };
    const states = { First: { Type: 'Pass', Result: { n: 7 }, Next: 'Copy' }, Copy: task({ Parameters, End: true }) };
    const opened = open(states, async (payload) => {
      seen.push(payload);
      if (payload.redrives === 0) throw named('Refused');
      return 'copied';
    });
    const { name, executionArn } = opened.executions.start({});
    expect(await opened.executions.settled(name)).toMatchObject({ status: 'FAILED', error: 'Refused' });
    expect(opened.executions.redrive(name)).toMatchObject({ executionArn, status: 'RUNNING', redriveCount: 1 });
    const ended = await opened.executions.settled(name);
    expect(ended).toMatchObject({ executionArn, status: 'SUCCEEDED', output: 'copied', redriveCount: 1 });
    expect(ended).not.toHaveProperty('error');
    expect(seen).toEqual([
      { redrives: 0, n: 7 },
      { redrives: 1, n: 7 },
    ]);
    expect(eventTypes(opened, name).slice(-8)).toEqual(
      'TaskFailed ExecutionFailed ExecutionRedriven TaskScheduled TaskStarted TaskSucceeded TaskStateExited ExecutionSucceeded'.split(
        ' ',
      ),
    );
    expect(statuses(opened.changes)).toEqual(['RUNNING', 'FAILED', 'RUNNING', 'SUCCEEDED']);
  });

  it('of a stopped Map runs only the iterations that had not finished', async () => {
    const calls: unknown[] = [];
    let isStuck = true;
    const opened = open({ Map: mapOf(task(), { ResultPath: '$.all', End: true }) }, async ({ index }) => {
      calls.push(index);
      if (isStuck && Number(index) >= 30) await pause(60_000);
      return { index };
    });
    const { name } = opened.executions.start({ input: items(50) });
    await until(() => calls.length === 50);
    await pause(20);
    expect((await opened.executions.stop(name)).status).toBe('ABORTED');
    isStuck = false;
    calls.length = 0;
    opened.executions.redrive(name);
    const { status, output } = await opened.executions.settled(name);
    expect(status).toBe('SUCCEEDED');
    expect(calls).toEqual(Array.from({ length: 20 }, (_, index) => 30 + index));
    expect((output as { all: unknown[] }).all).toEqual(Array.from({ length: 50 }, (_, index) => ({ index })));
  });

  it('may be started by the listener of the failure', async () => {
    const opened = open({ Copy: task() }, async () => Promise.reject(named('Refused')), {
      onStatusChange: ({ detail }) => {
        const { name, status, redriveCount } = detail as { name: string; status: string; redriveCount: number };
        if (status === 'FAILED' && redriveCount < 2) opened.executions.redrive(name);
      },
    });
    const { name } = opened.executions.start({});
    while (opened.executions.describe(name).redriveCount < 2) await opened.executions.settled(name);
    expect(await opened.executions.settled(name)).toMatchObject({ status: 'FAILED', redriveCount: 2 });
  });

  it('of a Fail state enters that state again, and it fails again', async () => {
    const opened = open({ Fail: { Type: 'Fail', Error: 'Aborted' } }, async () => ({}));
    const { name } = opened.executions.start({});
    await opened.executions.settled(name);
    opened.executions.redrive(name);
    expect(await opened.executions.settled(name)).toMatchObject({
      status: 'FAILED',
      error: 'Aborted',
      redriveCount: 1,
    });
    expect(eventTypes(opened, name).filter((type) => type === 'FailStateEntered')).toHaveLength(2);
  });

  it('is refused for an execution that runs, that succeeded, or that ended more than 14 days ago', async () => {
    let nowMs = Date.now();
    const { executions } = open(
      { Copy: task() },
      async ({ fails }) => {
        await pause(20);
        if (fails) throw named('Refused');
      },
      { now: () => nowMs },
    );
    const good = executions.start({ input: {} }).name;
    expect(() => executions.redrive(good)).toThrow('its status is RUNNING');
    await executions.settled(good);
    expect(() => executions.redrive(good)).toThrow('its status is SUCCEEDED');
    const bad = executions.start({ input: { fails: true } }).name;
    await executions.settled(bad);
    nowMs += 14 * 24 * 3600 * 1000 + 1000;
    expect(() => executions.redrive(bad)).toThrow('14 days');
  });
});

describe('a list', () => {
  it('of the events of a history has pages in both directions', async () => {
    const { executions } = open({ Map: mapOf(task()) }, async () => ({}));
    const { name } = executions.start({ input: items(10) });
    await executions.settled(name);
    const first = executions.history(name, { max: 50 });
    const second = executions.history(name, { max: 50, nextToken: first.nextToken! });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(
      Array.from({ length: 76 }, (_, index) => index + 1),
    );
    expect(second).not.toHaveProperty('nextToken');
    expect(executions.history(name, { reverse: true, max: 1 }).items[0]).toMatchObject({
      id: 76,
      type: 'ExecutionSucceeded',
    });
  });

  it('of executions begins with the latest, and may have one status only', async () => {
    let nowMs = 0;
    const { executions } = open(
      { Copy: task() },
      async ({ fails }) => {
        if (fails) throw named('Refused');
      },
      { now: () => (nowMs += 1000) },
    );
    for (const fails of [true, false, true]) {
      executions.start({ name: `n${nowMs}`, input: { fails } });
      await executions.settled(`n${nowMs - 1000}`).catch(() => {});
    }
    for (const { name } of executions.list().items) await executions.settled(name);
    expect(executions.list({ status: 'FAILED' }).items).toHaveLength(2);
    const starts = executions.list().items.map(({ startDate }) => startDate);
    expect(starts).toEqual([...starts].sort().reverse());
  });
});
