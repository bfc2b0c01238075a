import { describe, expect, it } from 'vitest';
import { checkDefinition, judgeDefinition } from '../../tools/local/machine/check.ts';
import { INVOKE, mapOf, task } from './fixture/machine.ts';

describe('a definition that would not run as it does on AWS is refused:', () => {
  const one = (state: object) => ({ StartAt: 'One', States: { One: { End: true, ...state } } });
  it.each([
    ['JSONata', { ...one({ Type: 'Pass' }), QueryLanguage: 'JSONata' }],
    ['the field Assign', one({ Type: 'Pass', Assign: { a: 1 } })],
    ['the field ItemReader', one({ ...mapOf(task()), ItemReader: {} })],
    ['the field ItemBatcher', one({ ...mapOf(task()), ItemBatcher: {} })],
    ['the field ResultWriter', one({ ...mapOf(task()), ResultWriter: {} })],
    ['the field ToleratedFailurePercentage', one({ ...mapOf(task()), ToleratedFailurePercentage: 5 })],
    ['the field HeartbeatSeconds', one(task({ HeartbeatSeconds: 5 }))],
    [
      'DISTRIBUTED',
      one({ ...mapOf(task()), ItemProcessor: { ...one(task()), ProcessorConfig: { Mode: 'DISTRIBUTED' } } }),
    ],
    [
      'States.TaskFailed on a Map',
      one(mapOf(task(), { Catch: [{ ErrorEquals: ['States.TaskFailed'], Next: 'One' }] })),
    ],
    ['not definite', one({ Type: 'Pass', InputPath: '$.a[*]' })],
    ['Parallel', one({ Type: 'Parallel', Branches: [] })],
    ['the field InvocationType', one(task({ Parameters: { FunctionName: 'x', InvocationType: 'Event' } }))],
    [`only ${INVOKE} is run`, one(task({ Resource: `${INVOKE}.waitForTaskToken` }))],
    ['an intrinsic function in CausePath', one({ Type: 'Fail', CausePath: "States.Format('x')" })],
  ])('%s', (finding, definition) => {
    expect(() => checkDefinition(definition)).toThrow(finding);
  });

  it('also one that is wrong on AWS too', () => {
    expect(() => judgeDefinition({ StartAt: 'Nowhere', States: { One: { Type: 'Succeed' } } })).toThrow('Nowhere');
  });
});
