import { givingUpWhenAsked } from './engine/ending/on-failure.ts';
import { restartingWhenAsked } from './engine/ending/on-source-change.ts';
import { initiate } from './engine/initiate/initiate.ts';
import { waitingOut } from './engine/plan/waiting-out.ts';
import { lambda } from './runtime/lambda.ts';

/** The first state: accepts what started the execution, refuses what cannot work, begins the upload. */
export const handler = lambda(givingUpWhenAsked(waitingOut(restartingWhenAsked(initiate))));
