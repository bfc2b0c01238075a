import type { Command } from 'commander';
import type { PageOptions } from '../../client/api/api.ts';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { parseWhole } from '../options/amounts.ts';
import { transfersText } from '../text/tables.ts';
import { helpText, type Run } from './command.ts';
import type { Session } from './session.ts';

export function addList(program: Command, run: Run): void {
  const list = program.command('list').description('list transfers, the newest first');
  list.option('--limit <count>', 'list at most so many transfers, up to 50', parseWhole);
  list.option('--after <token>', 'continue after the last page, whose end printed this token');
  list.addHelpText('after', helpText('partway list', 'partway list --limit 10', 'partway list --json'));
  list.action((page: PageOptions, command: Command) => run(command, (session) => listTransfers(session, page)));
}

async function listTransfers(session: Session, { limit, after }: PageOptions): Promise<ExitCode> {
  const page = await session.client.list({ limit, after });
  session.result(page, (columns) => transfersText(page.transfers, columns));
  if (page.after !== undefined) session.remark(`More: ${session.commandLine(`list --after ${page.after}`)}`);
  return exitCodes.done;
}
