import { copyBatch } from './engine/batch/copy-batch.ts';
import { storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Copies the missing parts of one batch. A part is recorded only after the target has answered with its ETag. */
export const handler = lambda(copyBatch, [storePorts]);
