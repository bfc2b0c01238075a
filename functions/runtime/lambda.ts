import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Ports } from '../engine/ports/ports.ts';
import { asTransferError, TransferError } from '../transfer/errors.ts';
import { refuseNewer } from '../transfer/schema.ts';
import { type Connect, connect, type PortGroup } from './connect.ts';
import { logger } from './log.ts';
import { renameStrays } from './strays.ts';

renameStrays();

/** Makes the ports of each Lambda call. The clients behind them are made with the first call, and kept. */
export function portsOf(groups: readonly PortGroup[]): (remainingMs: () => number) => Ports {
  let connected: Connect | undefined;
  return (remainingMs) => {
    connected ??= connect(groups);
    return connected(() => Date.now() + remainingMs());
  };
}

/**
 * By default middy ends a handler 5 ms early, with its own TimeoutError. With 0, Lambda ends it as Sandbox.Timedout,
 * and the state machine tries again.
 */
export const withoutEarlyEnd = { timeoutEarlyInMillis: 0 };

/** Makes a Lambda handler of a step. Step Functions sees the error of a step by its name. */
export function lambda<I, O>(step: (ports: Ports) => (input: I) => Promise<O>, groups: readonly PortGroup[]) {
  const portsUntil = portsOf(groups);
  return middy<I, O>(withoutEarlyEnd)
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (input, context) => {
      try {
        refuseNewer(input);
        return await step(portsUntil(() => context.getRemainingTimeInMillis()))(input);
      } catch (error) {
        throw outgoing(error);
      }
    });
}

/**
 * The error that leaves this Lambda. It has no `cause`. Lambda logs an error with all its fields, and a foreign error
 * may contain a presigned URL or a token.
 */
export function outgoing(error: unknown): TransferError {
  const { name, message, partNumber } = asTransferError(error);
  logger.warn('the step failed', { name, reason: message });
  return new TransferError(name, message, partNumber === undefined ? {} : { partNumber });
}
