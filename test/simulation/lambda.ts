import type { Ports } from '../../functions/engine/ports/ports.ts';
import { steps } from '../../functions/engine/steps.ts';
import { TransferError } from '../../functions/transfer/errors.ts';
import { faultModel } from './fault-model.ts';
import { type Json, StateError } from './machine/definition.ts';
import type { Machine } from './machine/executions.ts';
import { portsOf } from './ports.ts';
import type { World } from './world.ts';

type Step = (ports: Ports) => (input: never) => Promise<unknown>;

// The time limits of the functions, as infra/transfer-functions.ts sets them.
const MOVES_BYTES = /^(copy|readback)/;
const COPY_MS = 900_000;
const DECIDE_MS = 300_000;

/** Lambda as Step Functions calls it: with a function's name and a payload that travels as text. */
export function openLambda(world: World, machine: () => Machine) {
  const { scheduler, weather, chance, trace } = world;
  const run = (name: string, payload: string): Promise<Json> => {
    const step = (steps as Readonly<Record<string, Step>>)[name];
    if (!step) throw new Error(`There is no function ${name}.`);
    return world.processes
      .spawn(name, MOVES_BYTES.test(name) ? COPY_MS : DECIDE_MS, (process) => {
        trace.note(process.name, 'begins');
        return step(portsOf(world, machine(), process))(JSON.parse(payload) as never);
      })
      .then(
        (output) => JSON.parse(JSON.stringify(output)) as Json,
        (error) => {
          throw asStateError(world, name, error);
        },
      );
  };
  return (functionName: string, input: Json): Promise<Json> => {
    const name = /Functions-?(initiate|plan|copywhole|copybatch|readback|complete|abort)/.exec(functionName)?.[1] ?? '';
    const payload = JSON.stringify(input);
    const soon = weather.latencyMs(undefined);
    return new Promise((resolve, reject) => {
      if (weather.lambda('throttled') || !weather.lambdaHasRoom(scheduler.sinceMs())) {
        const error = new StateError('Lambda.TooManyRequestsException', 'Rate Exceeded.');
        trace.note(name, 'is throttled');
        scheduler.after(soon, () => reject(error));
        return;
      }
      if (weather.lambda('twice')) {
        const lateMs = chance.magnitude(1, faultModel.lambda.twiceLateMsMax);
        trace.note(name, `is also called a second time, in ${lateMs} ms`);
        scheduler.after(lateMs, () => void run(name, payload).catch(() => {}));
      }
      if (weather.lambda('believedDead')) {
        const error = new StateError(
          chance.pick(['Lambda.SdkClientException', 'Lambda.ServiceException']),
          'No answer.',
        );
        trace.note(name, 'is believed dead, and goes on');
        scheduler.after(chance.magnitude(5, 60_000), () => reject(error));
      }
      scheduler.after(soon, () => void run(name, payload).then(resolve, reject));
    });
  };
}

/** The error as the Node runtime reports it. Our code may throw only errors of the closed list. */
function asStateError({ model, trace }: World, step: string, error: unknown): StateError {
  const { name, message } = error as Error;
  const isOurs = error instanceof TransferError;
  if (isOurs) trace.note(step, `throws ${name}: ${message}`);
  if (error instanceof Error && !isOurs) model.violated(12, `${step} throws ${name}: ${message} ${error.stack}`);
  return new StateError(name, JSON.stringify({ errorType: name, errorMessage: message }));
}
