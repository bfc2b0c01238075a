import { completeTransfer } from './engine/complete-transfer.ts';
import { givingUpWhenAsked } from './engine/on-failure.ts';
import { lambda } from './runtime/lambda.ts';

/** Makes the parts one object, proves it, and leaves the receipt. */
export const handler = lambda(givingUpWhenAsked(completeTransfer));
