import { isFinal } from '../../functions/transfer/transfer.ts';
import type { TransferView } from '../../functions/transfer/views/view.ts';
import type { Display } from '../cli/text/display.ts';
import type { LambdaHost } from '../local/lambda/host.ts';

export type Killing = {
  readonly display: Display;
  /** Why no Lambda was killed. Undefined if one was killed, or if the transfer copied nothing. */
  whyNone(view: TransferView): string | undefined;
};

// We wait for a third of the bytes, so that the person sees how much is safe after the kill.
const SHARE_COPIED_MIN = 1 / 3;

/**
 * Kills one copying Lambda in the middle, as a crash would. It watches the transfer through the display, so that it kills
 * while some bytes are in flight and others are safe. It chooses the Lambda that has run longest, which has most bytes in
 * flight.
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
    killed || !receipt ? undefined : 'No Lambda was killed: the copy ended before we could kill one.';
  return { display: { ...display, show }, whyNone };
}

function isInTheMiddle({ state, progress }: TransferView): boolean {
  const { bytesCopied, bytesInFlight, bytesTotal } = progress;
  return (
    !isFinal(state) && bytesInFlight > 0 && bytesCopied < bytesTotal && bytesCopied >= SHARE_COPIED_MIN * bytesTotal
  );
}
