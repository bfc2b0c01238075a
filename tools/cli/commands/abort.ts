import type { Command } from 'commander';
import { isWaiting } from '../../../functions/transfer/transfer.ts';
import { type ExitCode, exitCodes } from '../failure.ts';
import { reportEnd } from '../follow.ts';
import type { Session } from '../session.ts';
import { watchTransfer } from '../watch.ts';
import { helpText, type Run } from './command.ts';

type AbortOptions = { readonly detach?: true };

export function addAbort(program: Command, run: Run): void {
  const abort = program.command('abort').description('give a transfer up and remove its parts from the target');
  abort.argument('<id>', 'the transfer').option('--detach', 'do not wait until the parts are gone');
  abort.addHelpText('after', helpText('partway abort 4f0c…', 'partway abort 4f0c… --detach'));
  abort.action((transferId: string, options: AbortOptions, command: Command) =>
    run(command, (session) => abortTransfer(session, transferId, options)),
  );
}

async function abortTransfer(session: Session, transferId: string, { detach }: AbortOptions): Promise<ExitCode> {
  const { client, signal } = session;
  const before = await client.describe(transferId);
  const view = await client.cancel(transferId);
  if (detach) {
    session.result({ event: 'accepted', ...view }, () => `${transferId}\n`);
    return exitCodes.done;
  }
  const failedBefore = isWaiting(before.state) ? before : undefined;
  try {
    const end = await watchTransfer(client, transferId, session.display(), { signal, failedBefore });
    if (end.state !== 'aborted') return notAborted(session, reportEnd(session, end));
    session.result({ event: 'ended', ...end }, () => `Aborted ${transferId}: its parts at ${end.target} are gone.\n`);
    return exitCodes.done;
  } catch (error) {
    if (!signal.aborted) throw error;
    session.complain(`The abort goes on by itself: ${session.commandLine(`status ${transferId}`)}\n`);
    return exitCodes.interrupted;
  }
}

/** It was copied before the abort came, and then the abort takes nothing back; or the abort itself has failed. */
function notAborted(session: Session, exitCode: ExitCode): ExitCode {
  session.complain('The transfer was not aborted: it had ended otherwise.\n');
  return exitCode === exitCodes.done ? exitCodes.failed : exitCode;
}
