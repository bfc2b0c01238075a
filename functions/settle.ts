import { settleTransfer } from './engine/ending/settle-transfer.ts';
import { announcePorts } from './runtime/connect.ts';
import { lambda } from './runtime/lambda.ts';

/** Runs when an execution has ended, however it ended, and writes that down. */
export const handler = lambda(settleTransfer, [announcePorts]);
