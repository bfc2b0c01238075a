import type { JsonObject } from '../json.ts';

/** A call that a service on this computer is about to serve. The service has authenticated the caller. */
export type ObservedCall = {
  /** A function by its name, or the principal of the service that invokes one: `states.amazonaws.com`. */
  readonly caller: string;
  /** The service as signatures name it: `states`, `dynamodb`, `s3`; `lambda` if a function is invoked. */
  readonly service: string;
  readonly operation: string;
  /** The request, in the operation's own field names. It names the resources. */
  readonly input: JsonObject;
};

/**
 * Hears each call and decides what happens to it. `serve` does what was asked and gives the answer. An observer may
 * wait before or after it, give another answer, or throw AwsError instead. If it calls `serve` twice, the call is done
 * twice.
 */
export type Observe = (call: ObservedCall, serve: () => Promise<unknown>) => Promise<unknown>;

export const unobserved: Observe = (_call, serve) => serve();

/** A failure that the caller sees by its AWS name. */
export class AwsError extends Error {
  readonly status: number;

  constructor(name: string, message: string, status = 400) {
    super(message);
    this.name = name;
    this.status = status;
  }
}
