import { partsAndBytesDone } from '../../../functions/transfer/views/progress.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import type { ApiClient } from '../../client/api/api.ts';
import { watchTransfer as lookUntilEnded, type WatchOptions } from '../../client/watch.ts';
import type { Meter } from './bar.ts';
import type { Display } from './display.ts';
import { bytesPerSecond, firstSample, nextSample, type Rate, secondsLeft } from './rate.ts';

/** Watches a transfer with the library's `watchTransfer`, shows each view, and closes the display at the end. */
export async function watchTransfer(
  client: ApiClient,
  transferId: string,
  display: Display,
  options: Pick<WatchOptions, 'signal' | 'isOld' | 'outageMsMax' | 'meanwhile' | 'next'> = {},
): Promise<TransferView> {
  const next = `The transfer continues by itself. When the API answers again: partway status ${transferId} --watch`;
  try {
    return await lookUntilEnded(client, transferId, {
      next,
      ...options,
      onView: showing(display),
      onTrouble: (sentence) => display.note(sentence),
    });
  } finally {
    display.close();
  }
}

/** Shows one view after the other, with the rate at which bytes arrive. */
export function showing(display: Display): (view: TransferView) => void {
  let rate: Rate | undefined;
  return (view) => {
    rate = sample(rate, view);
    display.show(view, meterOf(view, rate));
  };
}

/** Without a `rate`, the meter has no speed and no time left: `status` shows a single moment. */
export function meterOf(view: TransferView, rate?: Rate): Meter {
  return {
    ...view.progress,
    state: view.state,
    wasThere: wasThere(view),
    bytesPerSecond: rate && bytesPerSecond(rate),
    secondsLeft: rate && secondsLeft(rate, view.progress.bytesTotal),
  };
}

/** Whether the transfer copied nothing, because the object was at the target before. */
export function wasThere({ state, receipt }: TransferView): boolean {
  return state === 'copied' && receipt === undefined;
}

function sample(rate: Rate | undefined, { progress, plan }: TransferView): Rate | undefined {
  // Without a plan, we do not know yet what an earlier execution has copied.
  if (!plan) return undefined;
  const bytes = partsAndBytesDone(progress).bytes + progress.bytesInFlight;
  return rate ? nextSample(rate, Date.now(), bytes) : firstSample(Date.now(), bytes);
}
