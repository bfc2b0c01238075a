import { planStep } from './engine/steps.ts';
import { lambda } from './runtime/lambda.ts';

/** Begins a round: hands out what is missing, or sends the transfer on to Complete. */
export const handler = lambda(planStep);
