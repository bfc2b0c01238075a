import { givingUpWhenAsked } from './engine/ending/on-failure.ts';
import { restartingWhenAsked } from './engine/ending/on-source-change.ts';
import { planRound } from './engine/plan/plan-round.ts';
import { waitingOut } from './engine/plan/waiting-out.ts';
import { lambda } from './runtime/lambda.ts';

/** Begins a round: hands out what is missing, or sends the transfer on to Complete. */
export const handler = lambda(givingUpWhenAsked(waitingOut(restartingWhenAsked(planRound))));
