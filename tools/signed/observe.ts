import type { JsonObject } from '../json.ts';

/** A call that a service on this computer is about to serve. The service has authenticated the caller. */
export type ObservedCall = {
  /** The name of the function that calls. For a service that invokes a function, its principal: `states.amazonaws.com`. */
  readonly caller: string;
  /** The service as signatures name it: `states`, `dynamodb`, `s3`. It is `lambda` if a service invokes a function. */
  readonly service: string;
  readonly operation: string;
  /** The request, with the field names of the operation. It also names the resources. */
  readonly input: JsonObject;
};

/**
 * An observer gets each call and decides what happens to it. `serve` executes the call and returns the answer. The observer
 * may wait before or after that, return another answer, or throw AwsError. If it calls `serve` twice, the service executes
 * the call twice.
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
