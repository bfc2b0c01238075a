import type { TransferView } from '../../functions/transfer/view.ts';
import type { Display } from '../cli/display.ts';
import type { LambdaHost } from '../local/lambda/host.ts';

export type Killing = { readonly display: Display; readonly hasKilled: () => boolean };

/**
 * Kills one copying Lambda as soon as bytes are seen to move, as Lambda itself does now and then. It watches through
 * the display, so that it strikes in the middle and not while a process is still starting.
 */
export function killingOneLambda(lambdas: LambdaHost, display: Display): Killing {
  let killed = false;
  const strike = ({ progress }: TransferView) => {
    const isInTheMiddle = progress.bytesInFlight > 0 && progress.bytesCopied < progress.bytesTotal;
    const victim = lambdas.busy().find(({ functionName }) => functionName.includes('copybatch'));
    if (killed || !isInTheMiddle || !victim) return;
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
  return { display: { ...display, show }, hasKilled: () => killed };
}
