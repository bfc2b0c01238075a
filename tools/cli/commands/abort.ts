import type { Command } from 'commander';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { CliError, type ExitCode, exitCodeOf, exitCodes } from '../failure/failure.ts';
import { oneLine } from '../options/units.ts';
import { watchTransfer } from '../text/watch.ts';
import { helpText, type Run } from './command.ts';
import { reportEnd } from './follow.ts';
import type { Session } from './session.ts';

type AbortOptions = { readonly detach?: true };

export function addAbort(program: Command, run: Run): void {
  const abort = program.command('abort').description('end a transfer for good and remove its parts from the target');
  abort.argument('<id>', 'the transfer').option('--detach', 'do not wait until the parts are gone');
  abort.addHelpText('after', helpText('partway abort 4f0c…', 'partway abort 4f0c… --detach'));
  abort.action((transferId: string, options: AbortOptions, command: Command) =>
    run(command, (session) => abortTransfer(session, transferId, options)),
  );
}

async function abortTransfer(session: Session, transferId: string, { detach }: AbortOptions): Promise<ExitCode> {
  const { client, signal } = session;
  const view = await client.abort(transferId);
  if (view.state === 'aborted') return tellAborted(session, view, 'was aborted already');
  if (detach) {
    session.result({ event: 'accepted', ...view }, () => `${transferId}\n`);
    return exitCodes.done;
  }
  // If another execution aborts the transfer, the end of the one that was stopped is not the end of the transfer. A push waits
  // for its client until that execution is at work.
  const isOld = ({ state, failure, updatedAt }: TransferView) =>
    state === 'paused' || state === 'pushing' || failure?.name === 'Stopped' || updatedAt === view.updatedAt;
  try {
    const end = await watchTransfer(client, transferId, session.display(), { ...session.outage, signal, isOld });
    if (end.state === 'copied') throw tooLate(end);
    if (end.state === 'aborted') return tellAborted(session, end, 'is aborted');
    reportEnd(session, end);
    session.complain(`The transfer is not aborted. To try again: ${session.commandLine(`abort ${transferId}`)}\n`);
    return exitCodes.failed;
  } catch (error) {
    if (!signal.aborted) throw error;
    session.complain(
      `Partway continues the abort by itself. To look: ${session.commandLine(`status ${transferId}`)}\n`,
    );
    return exitCodes.interrupted;
  }
}

function tellAborted(session: Session, view: TransferView, how: string): ExitCode {
  const { transferId, target, failure } = view;
  // The message also says if a complete object stays at the target.
  const why =
    failure && failure.name !== 'Cancelled' ? `${failure.name}: ${failure.message}` : (failure?.message ?? '');
  const sentence = `Transfer ${transferId} ${how}: its parts at ${target} are gone. ${why}`;
  session.result({ event: 'ended', ...view }, () => `${oneLine(sentence).trimEnd()}\n`);
  return exitCodes.done;
}

/** The transfer was completed while it was being aborted. An abort never removes a complete object. */
function tooLate({ transferId, target }: TransferView): CliError {
  const message = `Transfer ${transferId} is copied: there is nothing to abort, and the object at ${target} stays.`;
  const next = 'You need do nothing. If you do not want the object, delete it at its store.';
  return new CliError({ name: 'Ended', message, next }, { exitCode: exitCodeOf('Ended') });
}
