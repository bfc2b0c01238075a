import { describe, expect, it } from 'vitest';
import { portableState } from '../../tools/local/machine/prepare.ts';
import { eventCount, eventTypes, items, mapOf, named, open, pause, task } from './fixture/machine.ts';

const CATCH_ALL = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Caught', ResultPath: '$.error' }], End: true };
const FAIL_FIFTH = async ({ index }: { readonly index?: unknown }) => {
  await pause(index === 5 ? 5 : 20);
  if (index === 5) throw named('SourceChanged');
  return {};
};

describe('a Map', () => {
  it('starts no iteration after one has failed, and never runs more than 40 at once', async () => {
    let [calls, atOnce, atOnceMax] = [0, 0, 0];
    const opened = open({ Map: mapOf(task(), CATCH_ALL), Caught: { Type: 'Pass', End: true } }, async (payload) => {
      calls += 1;
      atOnceMax = Math.max(atOnceMax, ++atOnce);
      await FAIL_FIFTH(payload).finally(() => atOnce--);
      return {};
    });
    const { name } = opened.executions.start({ input: items(200) });
    const { status, output } = await opened.executions.settled(name);
    expect(status).toBe('SUCCEEDED');
    expect(output).toMatchObject({
      error: { Error: 'SourceChanged', Cause: expect.stringContaining('"errorMessage":"it failed"') },
    });
    await pause(100);
    expect(calls).toBe(40);
    expect(atOnceMax).toBe(40);
  });

  it('writes two events for each aborted iteration, and MapStateFailed before the end', async () => {
    const opened = open({ Map: mapOf(task()) }, FAIL_FIFTH);
    const { name } = opened.executions.start({ input: items(8) });
    expect(await opened.executions.settled(name)).toMatchObject({ status: 'FAILED', error: 'SourceChanged' });
    const types = eventTypes(opened, name);
    const count = (type: string) => types.filter((each) => each === type).length;
    expect([count('TaskStateAborted'), count('MapIterationAborted'), count('MapIterationFailed')]).toEqual([7, 7, 1]);
    expect(types.slice(-2)).toEqual(['MapStateFailed', 'ExecutionFailed']);
  });

  it.each([1, 40, 250])('writes 7 events for each of %i iterations, and 4 of its own', async (count) => {
    const opened = open({ Map: mapOf(task()) }, async () => ({}));
    const { name } = opened.executions.start({ input: items(count) });
    await opened.executions.settled(name);
    expect(eventCount(opened, name)).toBe(2 + 4 + 7 * count);
  });

  it('runs 2,000 iterations', async () => {
    const opened = open({ Map: mapOf(task()) }, async () => ({}));
    const { name } = opened.executions.start({ input: items(2000) });
    expect((await opened.executions.settled(name)).status).toBe('SUCCEEDED');
  });

  it('gives its iterations the context of the execution', async () => {
    const seen: unknown[] = [];
    const Parameters = {
      FunctionName: 'Copy',
      Payload: {
        'item.$': '$$.Map.Item.Value',
        'index.$': '$.index',
        'input.$': '$$.Execution.Input.why',
        'redrives.$': '$$.Execution.RedriveCount',
        'machine.$': '$$.StateMachine.Name',
        'state.$': '$$.State.Name',
        'text.$': "States.Format('{}/{}', $$.Execution.Name, $.index)",
      },
    };
    const opened = open({ Map: mapOf(task({ Parameters, End: true })) }, async (payload) => seen.push(payload));
    const { name } = opened.executions.start({ name: 'one', input: { ...items(1), why: 'because' } });
    await opened.executions.settled(name);
    expect(seen).toEqual([
      { item: 0, index: 0, input: 'because', redrives: 0, machine: 'Machine', state: 'Copy', text: 'one/0' },
    ]);
  });
});

describe('a Task', () => {
  it('writes 3 more events for each retry; a Fail writes 1 event, a Choice 2 and a Wait 2', async () => {
    let attempts = 0;
    const Retry = [{ ErrorEquals: ['Incomplete'], IntervalSeconds: 5, MaxAttempts: 6 }];
    const states = {
      Copy: task({ Retry, ResultPath: '$.copied', OutputPath: '$', Next: 'Wait' }),
      Wait: { Type: 'Wait', Seconds: 3600, Next: 'Choose' },
      Choose: { Type: 'Choice', Choices: [{ Variable: '$.copied', IsPresent: true, Next: 'Fail' }], Default: 'Copy' },
      Fail: { Type: 'Fail', Error: 'Stalled', Cause: 'nothing moved' },
    };
    const opened = open(states, async () => {
      attempts += 1;
      if (attempts < 3) throw named('Incomplete');
    });
    const { name } = opened.executions.start({});
    expect(await opened.executions.settled(name)).toMatchObject({
      status: 'FAILED',
      error: 'Stalled',
      cause: 'nothing moved',
    });
    expect(eventCount(opened, name)).toBe(2 + (5 + 2 * 3) + 2 + 2 + 1);
  });

  it('does not have the library’s time-out of 60 s', () => {
    expect(portableState(task()).TimeoutSeconds).toBe(20 * 24 * 3600);
    // We measure TimeoutSeconds ourselves, from the moment when the task begins.
    expect(portableState(task({ TimeoutSeconds: 900 })).TimeoutSeconds).toBe(20 * 24 * 3600);
  });

  it('times out with States.Timeout, which its Retry matches and States.TaskFailed does not', async () => {
    let calls = 0;
    const Retry = [{ ErrorEquals: ['States.Timeout'], MaxAttempts: 1 }];
    const Catch = [
      { ErrorEquals: ['States.TaskFailed'], Next: 'Wrong' },
      { ErrorEquals: ['States.Timeout'], Next: 'Right' },
    ];
    const states = {
      Copy: task({ TimeoutSeconds: 1, Retry, Catch, Next: 'Wrong' }),
      Wrong: { Type: 'Fail', Error: 'Wrong' },
      Right: { Type: 'Succeed' },
    };
    const opened = open(states, async () => {
      calls += 1;
      await pause(1500);
    });
    const { name } = opened.executions.start({});
    expect((await opened.executions.settled(name)).status).toBe('SUCCEEDED');
    expect(calls).toBe(2);
    expect(eventTypes(opened, name).filter((type) => type === 'TaskTimedOut')).toHaveLength(2);
  });

  it('may have its time-out in a path', async () => {
    const opened = open({ Copy: task({ TimeoutSecondsPath: '$.Payload.seconds', End: true }) }, () => pause(3000));
    const { name } = opened.executions.start({ input: { seconds: 1 } });
    expect(await opened.executions.settled(name)).toMatchObject({ status: 'FAILED', error: 'States.Timeout' });
    expect(JSON.stringify(opened.executions.history(name).items)).toContain('"timeoutInSeconds":1');
  });

  it('is not tried again if its execution is stopped while it waits for a retry', async () => {
    let calls = 0;
    const Retry = [{ ErrorEquals: ['States.ALL'], IntervalSeconds: 30, MaxAttempts: 5 }];
    const opened = open(
      { Copy: task({ Retry, End: true }) },
      async () => {
        calls += 1;
        throw named('Incomplete');
      },
      { retryFactor: 1 },
    );
    const { name } = opened.executions.start({});
    await pause(50);
    const stopped = await opened.executions.stop(name, { error: 'Cancelled', cause: 'by hand' });
    expect(stopped).toMatchObject({ status: 'ABORTED', error: 'Cancelled', cause: 'by hand' });
    await pause(50);
    expect(calls).toBe(1);
    expect(eventTypes(opened, name).slice(-3)).toEqual(['TaskFailed', 'TaskStateAborted', 'ExecutionAborted']);
  });

  it('gets a copy of its input, so that a change of it has no effect', async () => {
    const states = { Copy: task({ ResultPath: '$.result', OutputPath: '$', End: true }) };
    const opened = open(states, async (payload) => {
      (payload as { n: number }).n = 2;
      return 'done';
    });
    const { name } = opened.executions.start({ input: { n: 1 } });
    expect((await opened.executions.settled(name)).output).toMatchObject({
      n: 1,
      result: { Payload: 'done', StatusCode: 200 },
    });
  });

  it('fails with States.DataLimitExceeded, which no Catch catches, if its result is above 256 KiB', async () => {
    const Catch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const opened = open({ Copy: task({ Catch, End: true }), Caught: { Type: 'Succeed' } }, async () =>
      'x'.repeat(262_144),
    );
    const { name } = opened.executions.start({});
    expect(await opened.executions.settled(name)).toMatchObject({
      status: 'FAILED',
      error: 'States.DataLimitExceeded',
    });
  });
});

describe('an execution', () => {
  it('is refused if its input is above 256 KiB', () => {
    const { executions } = open({ Copy: task() }, async () => ({}));
    const start = () => executions.start({ input: 'x'.repeat(262_144) });
    expect(start).toThrow(expect.objectContaining({ name: 'InvalidExecutionInput' }));
  });

  it('fails when its history is full', async () => {
    const Choices = [{ Variable: '$.never', IsPresent: true, Next: 'End' }];
    const states = { Again: { Type: 'Choice', Choices, Default: 'Again' }, End: { Type: 'Succeed' } };
    const opened = open(states, async () => ({}));
    const { name } = opened.executions.start({});
    const ended = await opened.executions.settled(name);
    expect(ended).toMatchObject({
      status: 'FAILED',
      cause: 'The execution reached the maximum number of history events (25000).',
    });
    expect(eventCount(opened, name)).toBe(25_000);
    expect(() => opened.executions.redrive(name)).toThrow('its history is full');
  });

  it('times out as a whole', async () => {
    const opened = open({ Copy: task() }, () => pause(5000), { machineRest: { TimeoutSeconds: 1 } });
    const { name } = opened.executions.start({});
    expect((await opened.executions.settled(name)).status).toBe('TIMED_OUT');
    expect(eventTypes(opened, name).at(-1)).toBe('ExecutionTimedOut');
  });

  it('keeps a falsy Result, and treats ResultPath "$" as the default', async () => {
    const states = {
      False: { Type: 'Pass', Result: false, ResultPath: '$.flag', Next: 'Whole' },
      Whole: { Type: 'Pass', ResultPath: '$', End: true },
    };
    const opened = open(states, async () => ({}));
    const { name } = opened.executions.start({ input: { kept: 1 } });
    expect((await opened.executions.settled(name)).output).toEqual({ kept: 1, flag: false });
  });

  it('waits for the time of its Wait, multiplied by the factor', async () => {
    const opened = open({ Wait: { Type: 'Wait', SecondsPath: '$.seconds', End: true } }, async () => ({}), {
      waitFactor: 0.0001,
    });
    const startedMs = Date.now();
    // Without the factor the test would run into its time-out.
    const { name } = opened.executions.start({ input: { seconds: 3000 } });
    await opened.executions.settled(name);
    expect(Date.now() - startedMs).toBeGreaterThanOrEqual(295);
  });
});
