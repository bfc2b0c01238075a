import { completeStep } from './engine/steps.ts';
import { lambda } from './runtime/lambda.ts';

/** Makes the parts one object, proves it, and leaves the receipt. */
export const handler = lambda(completeStep);
