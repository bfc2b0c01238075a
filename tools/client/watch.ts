import { isFinal, isWaiting } from '../../functions/transfer/transfer.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { ApiClient } from './api/api.ts';
import { PartwayError } from './api/partway-error.ts';
import { type Clock, wallClock } from './waiting.ts';
import { whatFollows } from './what-follows.ts';

export type WatchOptions = {
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether a failure, a pause or the wait for a client is older than the watch. It is shown until an execution is at work again, and we must
   * not take it for a new one.
   */
  readonly isOld?: ((view: TransferView) => boolean) | undefined;
  /** Called with each view. */
  readonly onView: (view: TransferView) => void;
  /** What went wrong, and what Partway does about it. */
  readonly onTrouble: (sentence: string) => void;
  readonly outageMsMax?: number | undefined;
  readonly clock?: Clock | undefined;
  /** What a person reads while the API is away. Default: the transfer continues by itself. */
  readonly meanwhile?: string | undefined;
  /** What to do when the API stays away, as a sentence. */
  readonly next?: string | undefined;
};

const POLL_MS_MIN = 125; // a display that is drawn more than 8 times a second flickers
const OUTAGE_MS_MAX = 120_000; // a deployment of the API, a laptop that changes networks
const OUTAGE_DELAY_MS = 500;
const OUTAGE_DELAY_MS_MAX = 8_000;
const RESUME_MS_MAX = 60_000; // a redriven execution is at work within seconds

/**
 * Looks at a transfer until it ends, and gives its last view: `copied`, `aborted`, `failed`, `paused` or `pushing`. The
 * transfer goes on without a watch, so the watch waits up to two minutes for an API that does not answer. Throws
 * PartwayError, and the signal's reason if it aborts.
 */
export async function watchTransfer(
  client: ApiClient,
  transferId: string,
  options: WatchOptions,
): Promise<TransferView> {
  const { clock = wallClock } = options;
  const beganMs = clock.nowMs();
  let notedError: string | undefined;
  const patience = {
    ...options,
    meanwhile: options.meanwhile ?? 'The transfer continues by itself. Asking again.',
    next: options.next ?? 'The transfer continues by itself. Look at it again when the API answers.',
  };
  for (;;) {
    const view = await askPatiently(() => client.describe(transferId), patience);
    options.onView(view);
    if (hasEnded(view, options.isOld, clock.nowMs() - beganMs)) return view;
    if (view.lastError !== undefined && view.lastError !== notedError)
      options.onTrouble(`${view.lastError} ${whatFollows(view.lastError)}`);
    notedError = view.lastError;
    await clock.sleep(Math.max(client.pollMs, POLL_MS_MIN), options.signal);
  }
}

function hasEnded(view: TransferView, isOld: WatchOptions['isOld'], elapsedMs: number): boolean {
  // Only the client that has the bytes can go on with a push.
  const waits = isWaiting(view.state) || view.state === 'pushing';
  if (!waits) return isFinal(view.state);
  return !isOld?.(view) || elapsedMs > RESUME_MS_MAX;
}

/** What a person reads while the API is away, and what to do if it stays away. */
type Patience = Pick<WatchOptions, 'signal' | 'onTrouble' | 'outageMsMax' | 'clock'> & {
  readonly meanwhile: string;
  readonly next: string;
};

/** Asks what may be asked twice, again and again while the API is away. Throws what the API answers. */
export async function askPatiently<T>(
  ask: () => Promise<T>,
  { signal, onTrouble, outageMsMax = OUTAGE_MS_MAX, clock = wallClock, meanwhile, next }: Patience,
): Promise<T> {
  const beganMs = clock.nowMs();
  for (let delayMs = OUTAGE_DELAY_MS; ; delayMs = Math.min(2 * delayMs, OUTAGE_DELAY_MS_MAX)) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof PartwayError) || !error.mayPass) throw error;
      if (clock.nowMs() - beganMs + delayMs > outageMsMax) throw givenUp(error, next);
      if (delayMs === OUTAGE_DELAY_MS) onTrouble(`${error.name}: ${error.message} ${meanwhile}`);
      await clock.sleep(delayMs, signal);
    }
  }
}

function givenUp({ name, message, reached, cause }: PartwayError, next: string): PartwayError {
  return new PartwayError({ name, message, next }, { reached, cause });
}
