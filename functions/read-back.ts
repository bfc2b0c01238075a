import { readBack } from './engine/batch/read-back.ts';
import { storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Reads the parts of one batch from the completed object, and records each part that has the bytes that were sent. */
export const handler = lambda(readBack, [storePorts]);
