import { settleTransfer } from './engine/ending/settle-transfer.ts';
import { lambda } from './runtime/lambda.ts';

/** Hears that an execution ended, however it ended, and writes it down. */
export const handler = lambda(settleTransfer);
