import type { Observe } from '../../signed/observe.ts';
import type { Invoke, InvokeOutcome } from '../machine/run.ts';

/** Lets the observer observe invocations too. It returns an InvokeOutcome, such as `{ throttled: … }` for Lambda's 429. */
export function observedInvoke(observe: Observe, invoke: Invoke): Invoke {
  return async (FunctionName, Payload, turn = { by: 'states' }) => {
    const caller = `${turn.by}.amazonaws.com`;
    const call = { caller, service: 'lambda', operation: 'Invoke', input: { FunctionName, Payload } };
    return (await observe(call, () => invoke(FunctionName, Payload, turn))) as InvokeOutcome;
  };
}
