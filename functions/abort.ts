import { abortTransfer } from './engine/ending/abort-transfer.ts';
import { storePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Aborts the upload at the target until it is gone. */
export const handler = lambda(abortTransfer, [storePorts]);
