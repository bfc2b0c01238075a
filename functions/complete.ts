import { completeTransfer } from './engine/complete/complete-transfer.ts';
import { givingUpWhenAsked } from './engine/ending/on-failure.ts';
import { lambda } from './runtime/lambda.ts';

/** Makes the parts one object, proves it, and leaves the receipt. */
export const handler = lambda(givingUpWhenAsked(completeTransfer));
