import { setTimeout as sleep } from 'node:timers/promises';
import { partsAndBytesDone } from '../../../functions/transfer/told/progress.ts';
import type { TransferView } from '../../../functions/transfer/told/view.ts';
import { isFinal, isWaiting } from '../../../functions/transfer/transfer.ts';
import type { ApiClient } from '../api/api.ts';
import { CliError } from '../failure/failure.ts';
import type { Meter } from './bar.ts';
import type { Display } from './display.ts';
import { bytesPerSecond, firstSample, nextSample, type Rate, secondsLeft } from './rate.ts';

export type WatchOptions = {
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a failure or a pause is older than the command. It is shown until an execution is at work again, and we
   * must not take it for a new one.
   */
  readonly isOld?: ((view: TransferView) => boolean) | undefined;
  readonly outageMsMax?: number;
};

const POLL_MS_MIN = 125; // a display that is drawn more than 8 times a second flickers
const OUTAGE_MS_MAX = 120_000; // a deployment of the API, a laptop that changes networks
const OUTAGE_DELAY_MS = 500;
const OUTAGE_DELAY_MS_MAX = 8_000;
const RESUME_MS_MAX = 60_000; // a redriven execution is at work within seconds

/**
 * Shows a transfer until it ends, and returns its last view: `copied`, `aborted`, `failed`, `paused` or
 * `pushing`. The transfer
 * goes on without a watch, so the watch waits up to two minutes for an API that does not answer. Throws CliError, and
 * AbortError if the signal aborts.
 */
export async function watchTransfer(
  client: ApiClient,
  transferId: string,
  display: Display,
  options: WatchOptions = {},
): Promise<TransferView> {
  const beganMs = Date.now();
  let rate: Rate | undefined;
  let notedError: string | undefined;
  try {
    for (;;) {
      const view = await describePatiently(client, transferId, display, options);
      rate = sample(rate, view);
      display.show(view, meterOf(view, rate));
      if (hasEnded(view, options.isOld, Date.now() - beganMs)) return view;
      if (view.lastError !== undefined && view.lastError !== notedError) {
        display.note(`${view.lastError} Partway tries again.`);
      }
      notedError = view.lastError;
      await sleep(Math.max(client.pollMs, POLL_MS_MIN), undefined, { signal: options.signal });
    }
  } finally {
    display.close();
  }
}

/** A view without a history, as `status` shows it. */
export function meterOf(view: TransferView, rate?: Rate): Meter {
  return {
    ...view.progress,
    state: view.state,
    wasThere: wasThere(view),
    bytesPerSecond: rate && bytesPerSecond(rate),
    secondsLeft: rate && secondsLeft(rate, view.progress.bytesTotal),
  };
}

/** It ended as copied, but nothing was copied now: the object was at the target before. */
export function wasThere({ state, receipt }: TransferView): boolean {
  return state === 'copied' && receipt === undefined;
}

function sample(rate: Rate | undefined, { progress, plan }: TransferView): Rate | undefined {
  // Before there is a plan, we do not know what an earlier execution has copied.
  if (!plan) return undefined;
  const bytes = partsAndBytesDone(progress).bytes + progress.bytesInFlight;
  return rate ? nextSample(rate, Date.now(), bytes) : firstSample(Date.now(), bytes);
}

function hasEnded(view: TransferView, isOld: WatchOptions['isOld'], elapsedMs: number): boolean {
  // Only the client that has the bytes can go on with a push.
  if (view.state === 'pushing') return true;
  if (!isWaiting(view.state)) return isFinal(view.state);
  return !isOld?.(view) || elapsedMs > RESUME_MS_MAX;
}

function describePatiently(
  client: ApiClient,
  transferId: string,
  display: Display,
  options: WatchOptions,
): Promise<TransferView> {
  return askPatiently(() => client.describe(transferId), display, {
    ...options,
    meanwhile: 'The transfer goes on by itself; asking again.',
    next: `The transfer goes on by itself. When the API answers again: partway status ${transferId} --watch`,
  });
}

/** What a person reads while the API is away, and what to do if it stays away. */
type Words = { readonly meanwhile: string; readonly next: string };

/** Asks what may be asked twice, again and again while the API is away. Throws what the API answers. */
export async function askPatiently<T>(
  ask: () => Promise<T>,
  display: Pick<Display, 'note'>,
  { signal, outageMsMax = OUTAGE_MS_MAX, meanwhile, next }: WatchOptions & Words,
): Promise<T> {
  const beganMs = Date.now();
  for (let delayMs = OUTAGE_DELAY_MS; ; delayMs = Math.min(2 * delayMs, OUTAGE_DELAY_MS_MAX)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CliError) || !error.mayPass) throw error;
      if (Date.now() - beganMs + delayMs > outageMsMax) throw givenUp(error, next);
      if (delayMs === OUTAGE_DELAY_MS) {
        display.note(`${error.name}: ${error.message} ${meanwhile}`);
      }
      await sleep(delayMs, undefined, { signal });
    }
  }
}

function givenUp({ name, message, exitCode, cause }: CliError, next: string): CliError {
  return new CliError({ name, message, next }, { exitCode, cause });
}
