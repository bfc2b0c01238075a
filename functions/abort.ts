import { abortTransfer } from './engine/ending/abort-transfer.ts';
import { lambda } from './runtime/lambda.ts';

/** Cleans up at the target, until the upload is gone. */
export const handler = lambda(abortTransfer);
