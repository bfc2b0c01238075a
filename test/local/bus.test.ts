import { describe, expect, it } from 'vitest';
import { type BusOptions, createBus } from '../../tools/local/aws/bus.ts';
import { compilePattern } from '../../tools/local/aws/pattern.ts';
import type { BusEvent } from '../../tools/local/machine/status-change.ts';
import { type LocalRule, readAssembly } from '../../tools/local/template/assembly.ts';
import { synthesize } from './fixture/stack.ts';

const COPY = 'arn:aws:lambda:us-east-1:000000000000:function:Copy';
const rule = (rest: Partial<LocalRule>): LocalRule => ({
  logicalId: 'Rule',
  name: 'Rule',
  enabled: true,
  busName: 'default',
  eventPattern: { source: ['test'] },
  targets: [{ id: 'Target0', arn: COPY }],
  ...rest,
});
const event = (detail: unknown = {}, source = 'test'): BusEvent => ({
  version: '0',
  id: 'event-1',
  'detail-type': 'Test',
  source,
  account: '000000000000',
  region: 'us-east-1',
  time: '2026-11-20T00:00:00Z',
  resources: [],
  detail,
});

function opened(rules: readonly LocalRule[], rest: Partial<BusOptions> = {}) {
  const invoked: unknown[] = [];
  const started: { arn: string; name: string; input: unknown }[] = [];
  const undelivered: unknown[] = [];
  const bus = createBus({
    rules,
    retryFactor: 0,
    invoke: async (_, payload) => ({ payload: invoked.push(payload) }),
    startExecution: (arn, request) => started.push({ arn, ...request }),
    onUndelivered: (failure) => undelivered.push(failure),
    ...rest,
  });
  return { bus, invoked, started, undelivered };
}

describe('a pattern', () => {
  it.each([
    [{ a: ['x', 1, true, null] }, { a: 1 }, { a: '1' }],
    [{ a: { b: [{ prefix: 'in/' }] } }, { a: { b: 'in/x' } }, { a: { b: 'out/in/' } }],
    [{ a: [{ suffix: '.gz' }] }, { a: 'x.gz' }, { a: 'x.gz.part' }],
    [{ a: [{ wildcard: 'in/*.(gz)' }] }, { a: 'in/x/y.(gz)' }, { a: 'in/x.gz' }],
    [{ a: [{ exists: true }] }, { a: null }, {}],
    [{ a: [{ exists: false }] }, { b: 1 }, { a: 1 }],
    [{ a: [{ 'anything-but': ['x', 'y'] }] }, { a: 'z' }, { a: 'x' }],
    [{ a: [{ 'anything-but': { prefix: 'x' } }] }, { a: 'z' }, { a: 'xy' }],
    [{ a: [{ numeric: ['>', 0, '<=', 5] }] }, { a: 5 }, { a: 6 }],
    [{ a: ['x'] }, { a: ['y', 'x'] }, { a: ['y'] }],
  ])('%j matches %j and not %j', (pattern, yes, no) => {
    const matches = compilePattern(pattern);
    expect([matches(yes), matches(no)]).toEqual([true, false]);
  });

  it('with an unknown operator is refused when it is compiled', () => {
    expect(() => opened([rule({ eventPattern: { a: [{ cidr: '10.0.0.0/8' }] } })])).toThrow('cidr');
    expect(() => opened([rule({ eventPattern: { $or: [] } })])).toThrow('$or');
  });
});

describe('the bus', () => {
  it('gives a synthesized InputTransformer the whole detail, and starts the machine once for each event', async () => {
    const { rules } = readAssembly(synthesize());
    const names = new Set<string>();
    const { bus, started } = opened(rules, {
      startExecution: (arn, { name, input }) => {
        if (names.has(name)) throw Object.assign(new Error('again'), { name: 'ExecutionAlreadyExists' });
        names.add(name);
        started.push({ arn, name, input });
      },
    });
    const detail = { bucket: { name: 'b' }, object: { key: 'in/"quoted"', size: 5, tags: ['a', { b: null }] } };
    const created = { ...event(detail, 'aws.s3'), 'detail-type': 'Object Created' };
    await bus.deliver(created);
    await bus.deliver(created);
    await bus.deliver({ ...created, detail: { ...detail, object: { key: 'out/x' } } });
    expect(started).toEqual([
      {
        arn: expect.stringContaining(':stateMachine:transfers'),
        name: 'event-1_Target0',
        input: { count: 0, event: detail, text: 'of b' },
      },
    ]);
  });

  it('gives a target its Input, its InputPath, or the whole event', async () => {
    const targets = [
      { id: '0', arn: COPY, input: '{"constant":1}' },
      { id: '1', arn: COPY, inputPath: '$.detail.a[1]' },
      { id: '2', arn: COPY },
      {
        id: '3',
        arn: COPY,
        inputTransformer: {
          pathsMap: { no: '$.detail.no' },
          template: '{"no":<no>,"rule":<aws.events.rule-name>,"t":"<no>!"}',
        },
      },
    ];
    const { bus, invoked } = opened([rule({ targets })]);
    await bus.deliver(event({ a: [1, 2] }));
    expect(invoked).toEqual([{ constant: 1 }, 2, event({ a: [1, 2] }), { no: null, rule: 'Rule', t: '!' }]);
  });

  it('tries a failed delivery again, but not for ever', async () => {
    let calls = 0;
    const { bus, undelivered } = opened([rule({})], {
      invoke: async () => {
        calls += 1;
        return calls < 3 ? { throttled: 'Rate Exceeded' } : { payload: null };
      },
    });
    await bus.deliver(event());
    expect([calls, undelivered.length]).toEqual([3, 0]);
    calls = -100;
    await expect(bus.deliver(event())).rejects.toThrow('Rate Exceeded');
    expect([calls, undelivered.length]).toEqual([-95, 1]);
  });

  it('answers PutEvents for each entry, and delivers the accepted ones', async () => {
    const { bus, invoked } = opened([rule({})]);
    const entry = { Source: 'test', DetailType: 'Test', Detail: '{"n":1}' };
    const answers = bus.put([entry, { ...entry, Detail: '1' }, { ...entry, EventBusName: 'other' }]);
    expect(answers).toMatchObject([
      { EventId: expect.any(String) },
      { ErrorCode: 'MalformedDetail' },
      { ErrorCode: 'ResourceNotFoundException' },
    ]);
    await bus.idle();
    expect(invoked).toMatchObject([{ source: 'test', detail: { n: 1 }, time: expect.stringMatching(/:\d\dZ$/) }]);
  });

  it('runs a scheduled rule when it is told to', async () => {
    const { bus, invoked } = opened([
      rule({ eventPattern: undefined, scheduleExpression: 'rate(1 day)' } as Partial<LocalRule>),
    ]);
    await bus.fire('Rule');
    expect(invoked).toMatchObject([{ source: 'aws.events', 'detail-type': 'Scheduled Event' }]);
  });
});
