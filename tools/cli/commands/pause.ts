import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { watchTransfer } from '../text/watch.ts';
import { helpText, type Run } from './command.ts';
import { reportEnd } from './follow.ts';
import type { Session } from './session.ts';

export function addPause(program: Command, run: Run): void {
  const pause = program
    .command('pause')
    .description('stop a transfer and keep its parts; `partway resume` continues it');
  pause.argument('<id>', 'the transfer');
  pause.addHelpText('after', helpText('partway pause 4f0c…', 'partway resume 4f0c…'));
  pause.action((transferId: string, _options: object, command: Command) =>
    run(command, (session) => pauseTransfer(session, transferId)),
  );
}

async function pauseTransfer(session: Session, transferId: string): Promise<ExitCode> {
  const { client, signal } = session;
  await client.pause(transferId);
  const end = await watchTransfer(client, transferId, session.display(), { signal });
  if (end.state !== 'paused') return reportEnd(session, end); // the transfer ended or failed before the pause
  const { partsCopied, partsTotal } = end.progress;
  session.result(
    { event: 'ended', ...end },
    () =>
      `Paused ${transferId}: ${partsCopied} of ${partsTotal} parts are safe. To continue: ${session.commandLine(`resume ${transferId}`)}\n`,
  );
  return exitCodes.done;
}
