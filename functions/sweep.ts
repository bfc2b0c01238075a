import { sweep } from './engine/sweep/sweep.ts';
import { announcePorts, executionPorts, storePorts, sweepPorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Runs once a day. It aborts transfers that nobody has continued, and reports uploads that no transfer knows. */
export const handler = lambda(sweep, [storePorts, executionPorts, sweepPorts, announcePorts]);
