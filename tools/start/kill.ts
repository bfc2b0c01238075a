import type { TransferView } from '../../functions/transfer/told/view.ts';
import { isFinal } from '../../functions/transfer/transfer.ts';
import type { Display } from '../cli/text/display.ts';
import type { LambdaHost } from '../local/lambda/host.ts';

export type Killing = {
  readonly display: Display;
  /** Why none was killed, where that wants a word; of what was not copied there is nothing to say. */
  whyNone(view: TransferView): string | undefined;
};

// Before that, too little is safe for a kill to show what it spares.
const SHARE_COPIED_MIN = 1 / 3;

/**
 * Kills one copying Lambda in the middle, as Lambda itself does now and then. It watches through the display, so that
 * it strikes while bytes move and others are safe. The one that has run longest has most in flight.
 */
export function killingOneLambda(lambdas: Pick<LambdaHost, 'busy' | 'kill'>, display: Display): Killing {
  let killed = false;
  const strike = (view: TransferView) => {
    if (killed || !isInTheMiddle(view)) return;
    const copying = lambdas.busy().filter(({ functionName }) => functionName.includes('copybatch'));
    const victim = copying.toSorted((one, other) => one.startedAtMs - other.startedAtMs)[0];
    if (!victim) return;
    killed = true;
    lambdas.kill(victim.pid);
    display.note(
      `Killed a copying Lambda in the middle (kill -9 ${victim.pid}): its parts in flight are lost, all others are safe.`,
    );
  };
  const show: Display['show'] = (view, meter) => {
    display.show(view, meter);
    strike(view);
  };
  const whyNone = ({ receipt }: TransferView) =>
    killed || !receipt ? undefined : 'No Lambda was killed: the object was copied before one could be caught at it.';
  return { display: { ...display, show }, whyNone };
}

function isInTheMiddle({ state, progress }: TransferView): boolean {
  const { bytesCopied, bytesInFlight, bytesTotal } = progress;
  return (
    !isFinal(state) && bytesInFlight > 0 && bytesCopied < bytesTotal && bytesCopied >= SHARE_COPIED_MIN * bytesTotal
  );
}
