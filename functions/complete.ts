import { completeStep } from './engine/steps.ts';
import { executionPorts, storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Turns the parts into one object, proves it, and writes the receipt. */
export const handler = lambda(completeStep, [storePorts, executionPorts]);
