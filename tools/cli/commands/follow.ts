import { remedyOf } from '../../../functions/transfer/errors.ts';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { afterBegin, type ExitCode, exitCodes } from '../failure/failure.ts';
import { failureText } from '../failure/failure-text.ts';
import { pauseText } from '../text/pause-text.ts';
import { receiptText } from '../text/receipt.ts';
import { watchTransfer } from '../text/watch.ts';
import type { Session } from './session.ts';

/** Watches a push after the client has sent everything, while only the service works. */
export function watchToItsEnd(
  session: Session,
  transferId: string,
  failedBefore?: TransferView,
): Promise<TransferView> {
  const isOld = (view: TransferView) => view.updatedAt === failedBefore?.updatedAt;
  return watchTransfer(session.client, transferId, session.display(), {
    ...session.outage,
    signal: session.signal,
    isOld,
  });
}

/**
 * Watches a transfer to its end, prints how it ended and gives the exit code. Ctrl-C leaves the transfer running, or
 * pauses it if the stack ends with this command.
 */
export async function follow(session: Session, transferId: string, failedBefore?: TransferView): Promise<ExitCode> {
  const { client, signal } = session;
  const isOld = (view: TransferView) => view.updatedAt === failedBefore?.updatedAt;
  try {
    const view = await watchTransfer(client, transferId, session.display(), { ...session.outage, signal, isOld });
    return reportEnd(session, view);
  } catch (error) {
    if (!signal.aborted) throw afterBegin(error);
    const endsWithUs = session.endsWithUs();
    if (endsWithUs) await pauseInTime(session, transferId);
    session.complain(endsWithUs ? pausedText(session, transferId) : interruptedText(session, transferId));
    return exitCodes.interrupted;
  }
}

/** Prints the receipt of a copied object on stdout, or the reason why it was not copied on stderr. */
export function reportEnd(session: Session, view: TransferView): ExitCode {
  session.result({ event: 'ended', ...view }, () => (view.state === 'copied' ? receiptText(view) : ''));
  if (view.state === 'copied') return exitCodes.done;
  session.complain(endText(session, view));
  return view.refused ? exitCodes.refused : exitCodes.failed;
}

/** For a transfer that was not copied. If it was refused, nothing began, so there is nothing to resume. */
function endText(session: Session, { transferId, state, failure, refused }: TransferView): string {
  const reason = failure ? failureText(failure) : '';
  if (state === 'paused')
    return `Transfer ${transferId} was paused.\nTo continue: ${session.commandLine(`resume ${transferId}`)}\n`;
  if (state === 'pushing')
    return `Transfer ${transferId} waits for parts from the client that has the bytes.\n${reason || 'To continue: give its `partway copy` command again.\n'}`;
  if (refused) return `Transfer ${transferId} was refused. It began nothing.\n${reason}`;
  if (state === 'aborted') return `Transfer ${transferId} was aborted.\n${reason}`;
  return `Transfer ${transferId} failed.\n${reason}${waysOn(session, transferId, failure)}`;
}

/** If something refused the transfer in its middle, it still holds the key, which another request would need. */
function waysOn(session: Session, transferId: string, failure: TransferView['failure']): string {
  const resume = `To continue: ${session.commandLine(`resume ${transferId}`)}\n`;
  if (!failure || remedyOf(failure.name) !== 'refuse') return resume;
  return `${resume}To ask in another way, end it first: ${session.commandLine(`abort ${transferId}`)}\n`;
}

/**
 * Pauses the transfer, because nothing drives it after the stack has ended. While Lambdas finish their parts, the stack
 * must live, so we wait for them.
 */
async function pauseInTime(session: Session, transferId: string): Promise<void> {
  try {
    const begun = await session.clientAfterCtrlC.pause(transferId);
    const text = pauseText(begun);
    if (text === undefined) return;
    session.remark(`${text} Press Ctrl-C once more to end now.`);
    await watchTransfer(session.clientAfterCtrlC, transferId, session.display());
  } catch {
    // A transfer that has just ended cannot be paused, and need not be.
  }
}

function pausedText(session: Session, transferId: string): string {
  return [
    `Transfer ${transferId} is paused, because the stack ends 10 seconds after the last command.`,
    '  to continue:   give the same command again',
    `  to abort it:   ${session.commandLine(`abort ${transferId}`)}`,
    '',
  ].join('\n');
}

function interruptedText(session: Session, transferId: string): string {
  return [
    `Transfer ${transferId} continues without the CLI.`,
    `  to watch it again:  ${session.commandLine(`status ${transferId} --watch`)}`,
    `  to abort it:        ${session.commandLine(`abort ${transferId}`)}`,
    '',
  ].join('\n');
}
