import { TransferError } from '../../functions/transfer/errors.ts';
import type { Chance } from './chance.ts';
import { type Fault, faultModel, type Place, type Weather } from './fault-model.ts';
import type { Process } from './process.ts';
import type { Scheduler } from './scheduler.ts';
import type { Trace } from './trace.ts';

export type Request<T> = {
  readonly place: Place;
  readonly what: string;
  /** The work of the other side, which happens in one moment. Throws TransferErrors. */
  apply(): T;
  readonly signal?: AbortSignal | undefined;
  /** The result if the answer is lost. Without it, a lost answer is a failure. */
  readonly unheard?: () => T;
  /** Called when the request leaves and when it arrives, to count the requests on their way. */
  readonly travels?: { begin(): void; end(): void };
};

/** Carries a request to the other side and the answer back, and sometimes loses one of them. */
export type Network = <T>(process: Process, request: Request<T>) => Promise<T>;

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

export function openNetwork(world: { scheduler: Scheduler; weather: Weather; chance: Chance; trace: Trace }): Network {
  const { scheduler, weather, chance, trace } = world;
  return <T>(process: Process, request: Request<T>) =>
    new Promise<T>((resolve, reject) => {
      if (!process.isAlive()) return;
      const call = process.countCall();
      if (process.diesHere(call, 'before the call')) return;
      if (request.signal?.aborted) return reject(request.signal.reason);
      const fault = weather.faultOf(request.place, scheduler.sinceMs());
      const note = (how: string) => trace.note(process.name, `${request.place}: ${request.what}${how}`);
      const settle = (outcome: Outcome<T>) => {
        if (!process.isAlive()) return;
        if ('error' in outcome) reject(outcome.error);
        else resolve(outcome.value);
      };
      request.signal?.addEventListener('abort', () => settle({ error: request.signal?.reason }), { once: true });
      request.travels?.begin();
      scheduler.after(weather.latencyMs(fault), () => {
        request.travels?.end();
        const died = process.diesHere(call, 'while it travels') || !process.isAlive();
        if (died && chance.happens(0.4)) return note(' is lost with its caller');
        const outcome = arrive(request, fault, chance);
        note(shown(fault, outcome));
        if (process.diesHere(call, 'after it was applied')) return;
        const backMs = fault === 'silent' ? faultModel.latencyMs.silent : weather.latencyMs(undefined);
        scheduler.after(backMs, () => settle(outcome));
      });
    });
}

function arrive<T>(request: Request<T>, fault: Fault | undefined, chance: Chance): Outcome<T> {
  const failed = (name: 'Throttled' | 'Unreachable' | 'Refused') => ({
    error: new TransferError(name, `${request.what}: ${fault}.`),
  });
  if (fault === 'throttled') return failed('Throttled');
  if (fault === 'unreachable') return failed('Unreachable');
  if (fault === 'refused') return failed('Refused');
  if (fault === 'silent' && chance.happens(0.5)) return failed('Unreachable');
  try {
    const value = request.apply();
    if (fault === 'unheard' && request.unheard) return { value: request.unheard() };
    return fault === 'unheard' || fault === 'silent' ? failed('Unreachable') : { value };
  } catch (error) {
    return { error };
  }
}

function shown(fault: Fault | undefined, outcome: Outcome<unknown>): string {
  const how = fault === undefined ? '' : ` [${fault}]`;
  if (!('error' in outcome)) return how;
  const { name, message } = outcome.error as Error;
  return `${how} → ${name}${fault === undefined ? `: ${message}` : ''}`;
}
