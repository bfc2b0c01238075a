import { sweep } from './engine/sweep/sweep.ts';
import { lambda } from './runtime/lambda.ts';

/** Once a day: gives up what nobody came back for, reports uploads that nobody remembers. */
export const handler = lambda(sweep);
