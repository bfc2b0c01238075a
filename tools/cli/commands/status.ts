import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { statusText } from '../text/status-text.ts';
import { helpText, type Run } from './command.ts';
import { follow } from './follow.ts';
import type { Session } from './session.ts';

export function addStatus(program: Command, run: Run): void {
  const status = program.command('status').description('show how far a transfer is');
  status.argument('<id>', 'the transfer').option('--watch', 'show it until it ends');
  status.addHelpText(
    'after',
    helpText('partway status 4f0c…', 'partway status 4f0c… --watch', 'partway status 4f0c… --json'),
  );
  status.action((transferId: string, { watch }: { watch?: true }, command: Command) =>
    run(command, (session) => (watch ? follow(session, transferId) : showStatus(session, transferId))),
  );
}

/** The exit code is 0 in any state, because the API has answered the question. */
async function showStatus(session: Session, transferId: string): Promise<ExitCode> {
  const view = await session.client.describe(transferId);
  session.result(view, () => statusText(view));
  return exitCodes.done;
}
