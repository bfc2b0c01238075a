import { copyBatch, copyWhole } from './batch/copy-batch.ts';
import { readBack } from './batch/read-back.ts';
import { completeTransfer } from './complete/complete-transfer.ts';
import { abortTransfer } from './ending/abort-transfer.ts';
import { givingUpWhenAsked } from './ending/on-failure.ts';
import { restartingWhenAsked } from './ending/on-source-change.ts';
import { initiate } from './initiate/initiate.ts';
import { planRound } from './plan/plan-round.ts';
import { waitingOut } from './plan/waiting-out.ts';
import type { Ports } from './ports/ports.ts';

/**
 * The steps as the Lambdas run them, each with its wrappers. Tests run these too. The order matters, from the inside
 * out. First, a source that has changed restarts the transfer, before it counts as a failure. Next, the step waits for
 * what passes by itself. Last, what is left is given up if the request asks for that.
 */
export const initiateStep = (ports: Ports) => givingUpWhenAsked(waitingOut(restartingWhenAsked(initiate)))(ports);
export const planStep = (ports: Ports) => givingUpWhenAsked(waitingOut(restartingWhenAsked(planRound)))(ports);
/** This does not wait for what passes by itself. The state machine hands it to Plan. */
export const completeStep = (ports: Ports) => givingUpWhenAsked(completeTransfer)(ports);

/** The names of their functions in the template, in lower case. */
export const steps = {
  initiate: initiateStep,
  plan: planStep,
  copywhole: copyWhole,
  copybatch: copyBatch,
  readback: readBack,
  complete: completeStep,
  abort: abortTransfer,
} as const;
