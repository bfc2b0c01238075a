import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../failure.ts';
import type { Session } from '../session.ts';
import { endpointsText } from '../tables.ts';
import { helpText, type Run } from './command.ts';

export function addEndpoints(program: Command, run: Run): void {
  const endpoints = program.command('endpoints').description('list the stores that the stack knows');
  endpoints.addHelpText('after', helpText('partway endpoints', 'partway endpoints --json'));
  endpoints.action((_options: object, command: Command) => run(command, listEndpoints));
}

async function listEndpoints(session: Session): Promise<ExitCode> {
  const list = await session.client.endpoints();
  session.result(list, () => endpointsText(list.endpoints));
  return exitCodes.done;
}
