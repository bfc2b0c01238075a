import type { Command } from 'commander';
import type { TransferView } from '../../../functions/transfer/views/view.ts';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { bytesText } from '../options/units.ts';
import { pauseText } from '../text/pause-text.ts';
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
  const begun = await client.pause(transferId);
  const text = pauseText(begun);
  if (text !== undefined) session.remark(text);
  const end = await watchTransfer(client, transferId, session.display(), { signal });
  if (end.state !== 'paused') return reportEnd(session, end); // the transfer ended or failed before the pause
  session.result({ event: 'ended', ...end }, () => pausedText(session, begun, end));
  return exitCodes.done;
}

function pausedText(session: Session, begun: TransferView, { transferId, progress }: TransferView): string {
  const { partsCopied, partsTotal, bytesLost } = progress;
  const lost = bytesLost - begun.progress.bytesLost;
  const thrownAway = lost > 0 ? ` ${bytesText(lost)} of unfinished parts were thrown away.` : '';
  const next = `To continue: ${session.commandLine(`resume ${transferId}`)}`;
  return `Paused ${transferId}: ${partsCopied} of ${partsTotal} parts are safe.${thrownAway} ${next}\n`;
}
