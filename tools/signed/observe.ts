import type { JsonObject } from '../json.ts';

/** A call that a service on this computer is about to serve; whoever made it has been authenticated. */
export type ObservedCall = {
  /** A function by its name, or the principal of the service that invokes one: `states.amazonaws.com`. */
  readonly caller: string;
  /** As signatures name it: `states`, `dynamodb`, `s3`; `lambda` where a function is invoked. */
  readonly service: string;
  readonly operation: string;
  /** The request in the field names of the operation; it names the resources. */
  readonly input: JsonObject;
};

/**
 * Hears each call and decides what happens to it. `serve` does what was asked and gives the answer. An observer may wait
 * before or after it, give another answer, or throw AwsError instead. If it serves twice, the call is done twice.
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
