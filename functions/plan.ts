import { givingUpWhenAsked } from './engine/on-failure.ts';
import { restartingWhenAsked } from './engine/on-source-change.ts';
import { planRound } from './engine/plan-round.ts';
import { waitingOut } from './engine/waiting-out.ts';
import { lambda } from './runtime/lambda.ts';

/** Begins a round: hands out what is missing, or sends the transfer on to Complete. */
export const handler = lambda(givingUpWhenAsked(waitingOut(restartingWhenAsked(planRound))));
