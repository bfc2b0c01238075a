import { planStep } from './engine/steps.ts';
import { executionPorts, storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Begins a round. It hands out the missing parts, or sends the transfer on to Complete. */
export const handler = lambda(planStep, [storePorts, executionPorts]);
