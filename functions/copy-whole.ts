import { copyWhole } from './engine/batch/copy-batch.ts';
import { storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Copies a small object as one request. */
export const handler = lambda(copyWhole, [storePorts]);
