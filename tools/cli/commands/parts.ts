import type { Command } from 'commander';
import type { PageOptions } from '../../client/api/api.ts';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { parseWhole } from '../options/amounts.ts';
import { partsText } from '../text/tables.ts';
import { helpText, type Run } from './command.ts';
import type { Session } from './session.ts';

export function addParts(program: Command, run: Run): void {
  const parts = program.command('parts').description('list the parts that are safe at the target');
  parts.argument('<id>', 'the transfer');
  parts.option('--after <number>', 'list only parts after this number');
  parts.option('--limit <count>', 'list at most so many parts, up to 1,000', parseWhole);
  parts.addHelpText('after', helpText('partway parts 4f0c…', 'partway parts 4f0c… --after 1000 --limit 100'));
  parts.action((transferId: string, page: PageOptions, command: Command) =>
    run(command, (session) => listParts(session, transferId, page)),
  );
}

async function listParts(session: Session, transferId: string, { limit, after }: PageOptions): Promise<ExitCode> {
  const page = await session.client.parts(transferId, { limit, after });
  session.result(page, () => partsText(page.parts));
  if (page.after !== undefined) {
    session.remark(`More: ${session.commandLine(`parts ${transferId} --after ${page.after}`)}`);
  }
  return exitCodes.done;
}
