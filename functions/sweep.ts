import { sweep } from './engine/sweep/sweep.ts';
import { lambda } from './runtime/lambda.ts';

/** Once a day: gives up transfers that nobody resumed, and reports uploads that no transfer knows. */
export const handler = lambda(sweep);
