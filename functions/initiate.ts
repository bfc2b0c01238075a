import { initiate } from './engine/initiate.ts';
import { givingUpWhenAsked } from './engine/on-failure.ts';
import { restartingWhenAsked } from './engine/on-source-change.ts';
import { waitingOut } from './engine/waiting-out.ts';
import { lambda } from './runtime/lambda.ts';

/** The first state: accepts what started the execution, refuses what cannot work, begins the upload. */
export const handler = lambda(givingUpWhenAsked(waitingOut(restartingWhenAsked(initiate))));
