import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Ports } from '../transfer/ports.ts';
import { type Connect, connect } from './connect.ts';
import { logger } from './log.ts';

let connected: Connect | undefined;

/** The ports of this Lambda call; what they are made of is kept between calls. */
export function portsUntil(remainingMs: () => number): Ports {
  connected ??= connect();
  return connected(() => Date.now() + remainingMs());
}

/** Makes a step a Lambda handler. What a step throws reaches Step Functions by its name. */
export function lambda<I, O>(step: (ports: Ports) => (input: I) => Promise<O>) {
  return middy<I, O>()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (input, context) => {
      try {
        return await step(portsUntil(() => context.getRemainingTimeInMillis()))(input);
      } catch (error) {
        if (error instanceof Error) logger.warn('the step failed', { name: error.name, reason: error.message });
        throw error;
      }
    });
}
