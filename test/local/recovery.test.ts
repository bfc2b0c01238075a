import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { until } from './fixture/functions.ts';
import { open, pause, task } from './fixture/machine.ts';

const statuses = (changes: readonly { detail: unknown }[]) =>
  changes.map(({ detail }) => (detail as { status: string }).status);

describe('after the process has ended', () => {
  it('a running execution continues from its state, and finished states do not run again', async () => {
    const calls: string[] = [];
    const Parameters = (step: string) => ({
      FunctionName: 'Copy',
      Payload: { step, 'redrives.$': '$$.Execution.RedriveCount' },
    });
    const states = {
      First: task({ Parameters: Parameters('first'), ResultPath: null, OutputPath: '$', Next: 'Second' }),
      Second: task({ Parameters: Parameters('second'), End: true }),
    };
    const before = open(states, async ({ step }) => {
      calls.push(String(step));
      if (step === 'second') await pause(60_000);
    });
    const { name } = before.executions.start({ input: { n: 1 } });
    await until(() => calls.length === 2);
    await before.executions.close();
    const after = open(states, async ({ step, redrives }) => calls.push(`${step} again ${redrives}`), {
      directory: before.directory,
    });
    expect(after.executions.describe(name).status).toBe('RUNNING');
    await after.executions.recover();
    expect((await after.executions.settled(name)).status).toBe('SUCCEEDED');
    expect(calls).toEqual(['first', 'second', 'second again 0']);
    expect(statuses(before.changes)).toEqual(['RUNNING']);
    expect(statuses(after.changes)).toEqual(['SUCCEEDED']);
  });

  it('an execution that is started after the close waits for the next process', async () => {
    const before = open({ Copy: task() }, async () => ({}));
    await before.executions.close();
    const { name } = before.executions.start({});
    await pause(20);
    expect(before.executions.describe(name).status).toBe('RUNNING');
    const after = open({ Copy: task() }, async () => ({}), { directory: before.directory });
    await after.executions.recover();
    expect((await after.executions.settled(name)).status).toBe('SUCCEEDED');
  });

  it('the next process delivers a status change that was not delivered', async () => {
    const before = open({ Copy: task() }, async () => ({}), {
      onStatusChange: () => Promise.reject(new Error('the bus is down')),
    });
    const { name } = before.executions.start({});
    await before.executions.settled(name);
    await before.executions.close();
    const after = open({ Copy: task() }, async () => ({}), { directory: before.directory });
    await after.executions.recover();
    await after.executions.settled(name);
    expect(statuses(after.changes)).toEqual(['RUNNING', 'SUCCEEDED']);
    const third = open({ Copy: task() }, async () => ({}), { directory: before.directory });
    await third.executions.recover();
    await third.executions.settled(name);
    expect(third.changes).toEqual([]);
  });

  it('half a line at the end of a journal is removed', async () => {
    const before = open({ Copy: task() }, () => pause(60_000));
    const { name } = before.executions.start({});
    await pause(50);
    await before.executions.close();
    appendFileSync(join(before.directory, 'executions', name, 'journal.jsonl'), '{"event":{"id":9');
    const after = open({ Copy: task() }, async () => ({}), { directory: before.directory });
    await after.executions.recover();
    expect((await after.executions.settled(name)).status).toBe('SUCCEEDED');
    const ids = after.executions.history(name).items.map(({ id }) => id);
    expect(ids).toEqual(ids.map((_, index) => index + 1));
  });

  it('an execution whose process was killed in the middle of a Map is recovered, with real Lambdas', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'partway-killed-'));
    const callsFile = join(directory, 'calls');
    appendFileSync(callsFile, '');
    const calls = () =>
      readFileSync(callsFile, 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line).index as number);
    const script = new URL('fixture/host.ts', import.meta.url).pathname;
    const start = () =>
      spawn(process.execPath, [script, directory, callsFile], { stdio: ['ignore', 'pipe', 'inherit'] });
    const first = start();
    await until(() => calls().length >= 12);
    first.kill('SIGKILL');
    await once(first, 'exit');
    const finished = readFileSync(join(directory, 'executions', 'killed', 'journal.jsonl'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('{"iteration"'));
    expect(finished.length).toBeGreaterThan(0);
    const second = start();
    let output = '';
    second.stdout.on('data', (chunk) => {
      output += chunk;
    });
    await once(second, 'exit');
    expect(JSON.parse(output)).toMatchObject({ status: 'SUCCEEDED', redriveCount: 0 });
    expect(new Set(calls())).toEqual(new Set(Array.from({ length: 40 }, (_, index) => index)));
    expect(calls().length).toBeLessThan(40 + 12);
  });
});
