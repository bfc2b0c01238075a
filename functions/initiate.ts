import { initiateStep } from './engine/steps.ts';
import { executionPorts, storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** The first state. It accepts what started the execution, refuses what cannot work, and begins the upload. */
export const handler = lambda(initiateStep, [storePorts, executionPorts]);
