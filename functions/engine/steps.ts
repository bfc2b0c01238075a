import { copyBatch, copyWhole } from './batch/copy-batch.ts';
import { readBack } from './batch/read-back.ts';
import { completeTransfer } from './complete/complete-transfer.ts';
import { abortTransfer } from './ending/abort-transfer.ts';
import { abortingOnFailure } from './ending/on-failure.ts';
import { restartingOnSourceChange } from './ending/on-source-change.ts';
import { initiate } from './initiate/initiate.ts';
import { planRound } from './plan/plan-round.ts';
import { waitingForStores } from './plan/waiting-for-stores.ts';
import type { Ports } from './ports/ports.ts';

/**
 * The steps as the Lambdas run them, each with its wrappers. Tests run these too. The order of the wrappers matters.
 * The innermost one goes first: if the source has changed and the request asks for a restart, the transfer restarts,
 * and that does not count as a failure. The next one waits if a store cannot be reached. The outermost one ends the
 * transfer, if the request asks for that after a failure.
 */
export const initiateStep = (ports: Ports) =>
  abortingOnFailure(waitingForStores(restartingOnSourceChange(initiate)))(ports);
export const planStep = (ports: Ports) =>
  abortingOnFailure(waitingForStores(restartingOnSourceChange(planRound)))(ports);
/**
 * This step does not wait for a store that cannot be reached. The state machine catches such an error and goes to Plan,
 * which waits.
 */
export const completeStep = (ports: Ports) => abortingOnFailure(completeTransfer)(ports);

/** The keys are the names of the functions in the template, in lower case. */
export const steps = {
  initiate: initiateStep,
  plan: planStep,
  copywhole: copyWhole,
  copybatch: copyBatch,
  readback: readBack,
  complete: completeStep,
  abort: abortTransfer,
} as const;
