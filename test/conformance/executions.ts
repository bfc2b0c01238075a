import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Executions } from '../../functions/engine/ports/ports.ts';
import type { Executions as Machine } from '../../tools/local/machine/executions.ts';
import { eventTypes, named, type Opened, open, task } from '../local/fixture/machine.ts';

/** The port before a machine of one task, which ends as the test says. */
type Running = Opened & {
  readonly port: Executions;
  /** Lets the next task end that has begun or will begin: with an error if one is given. */
  end(error?: Error): void;
  arnOf(name: string): string;
};

const input = { transferId: 't' };

/** What everything that is asked for executions must do, before the machine that it is given. */
export function conformsAsExecutions(name: string, connect: (machine: Machine) => Promise<Executions>): void {
  const running = async (): Promise<Running> => {
    const ends = new PassThrough({ objectMode: true });
    const tasks = ends[Symbol.asyncIterator]();
    const opened = open({ Copy: task() }, async () => {
      const { value } = await tasks.next();
      if (value.error) throw value.error;
      return {};
    });
    onTestFinished(() => opened.executions.close());
    const arnOf = (execution: string) =>
      `${opened.executions.stateMachineArn.replace(':stateMachine:', ':execution:')}:${execution}`;
    const end = (error?: Error) => void ends.write({ error });
    return { ...opened, arnOf, end, port: await connect(opened.executions) };
  };

  describe(`${name}, as executions`, () => {
    startsAndDescribes(running);
    redrivesAndStops(running);
  });
}

function startsAndDescribes(running: () => Promise<Running>): void {
  it('starts one execution when it is asked twice by one name, and none when that one has ended', async () => {
    const { port, executions, arnOf, end } = await running();
    expect([await port.start('one', input), await port.start('one', input)]).toEqual([true, true]);
    expect(executions.list().items).toHaveLength(1);
    expect(await port.describe(arnOf('one'))).toEqual({ status: 'RUNNING', redrivable: false });
    end();
    await executions.settled('one');
    expect(await port.start('one', input)).toBe(false);
    expect(await port.describe(arnOf('one'))).toEqual({ status: 'SUCCEEDED', redrivable: false });
  });

  it('knows nothing of an execution that is forgotten or never was', async () => {
    const { port, arnOf } = await running();
    expect(await port.describe(arnOf('never'))).toBeUndefined();
    expect(await port.redrive(arnOf('never'))).toBe(false);
    await port.stop(arnOf('never'), 'by hand');
  });

  it('counts the events so far', async () => {
    const opened = await running();
    const { port, executions, arnOf, end } = opened;
    await port.start('one', input);
    end(named('Broken'));
    await executions.settled('one');
    const count = await port.eventCount(arnOf('one'));
    expect(count).toBe(eventTypes(opened, 'one').length);
    await port.redrive(arnOf('one'));
    expect(await port.eventCount(arnOf('one'))).toBeGreaterThanOrEqual(count);
    end();
    await executions.settled('one');
    expect(await port.eventCount(arnOf('one'))).toBe(eventTypes(opened, 'one').length);
    expect(await port.eventCount(arnOf('one'))).toBeGreaterThan(count);
  });
}

function redrivesAndStops(running: () => Promise<Running>): void {
  it('redrives what has failed, once for two who ask, and not what runs or has succeeded', async () => {
    const { port, executions, arnOf, end } = await running();
    await port.start('one', input);
    expect(await port.redrive(arnOf('one'))).toBe(false);
    end(named('Broken'));
    await executions.settled('one');
    expect(await port.describe(arnOf('one'))).toEqual({ status: 'FAILED', redrivable: true });
    const answers = await Promise.all([port.redrive(arnOf('one')), port.redrive(arnOf('one'))]);
    expect(answers.toSorted()).toEqual([false, true]);
    expect(await port.describe(arnOf('one'))).toMatchObject({ status: 'RUNNING' });
    end();
    await executions.settled('one');
    expect(await port.redrive(arnOf('one'))).toBe(false);
  });

  it('stops what runs, with the reason, and leaves what has ended as it is', async () => {
    const { port, executions, arnOf, end } = await running();
    await port.start('one', input);
    for (let times = 0; times < 2; times += 1) await port.stop(arnOf('one'), 'by hand');
    expect(await executions.settled('one')).toMatchObject({ status: 'ABORTED', error: 'Stopped', cause: 'by hand' });
    expect(await port.describe(arnOf('one'))).toEqual({ status: 'ABORTED', redrivable: true });
    end();
    await port.start('two', input);
    end();
    await executions.settled('two');
    await port.stop(arnOf('two'), 'too late');
    expect(await port.describe(arnOf('two'))).toEqual({ status: 'SUCCEEDED', redrivable: false });
  });
}
