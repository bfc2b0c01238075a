import type { Command } from 'commander';
import type { EndpointCheck } from '../../../functions/engine/calls/check-endpoint.ts';
import { type ExitCode, exitCodes } from '../failure/failure.ts';
import { endpointsText } from '../text/tables.ts';
import { helpText, type Run } from './command.ts';
import { addCors, type OriginOption, originOption } from './endpoints-cors.ts';
import type { Session, SettingsInUse } from './session.ts';

export function addEndpoints(program: Command, run: Run): void {
  const endpoints = program.command('endpoints').description('list the stores that the stack knows, or check one');
  endpoints.addHelpText('after', helpText('partway endpoints', 'partway endpoints check us3'));
  endpoints.action((_options: object, command: Command) => run(command, listEndpoints));
  const check = endpoints.command('check').argument('<name>', 'the endpoint');
  check.description('test an endpoint with harmless calls, and say what is wrong');
  check.addOption(originOption('check also whether pages of this origin may push there'));
  check.addHelpText(
    'after',
    helpText('partway endpoints check us3', 'partway endpoints check us3 --origin https://app.example.com'),
  );
  check.action((name: string, options: OriginOption, command: Command) =>
    run(command, (session) => checkOne(session, name, options)),
  );
  addCors(endpoints, run);
}

async function listEndpoints(session: Session): Promise<ExitCode> {
  const { endpoints } = await session.client.endpoints();
  const settings = session.settings();
  const document = settings ? { endpoints, settings: settings.path ?? null } : { endpoints };
  session.result(document, () => endpointsText(endpoints) + (settings ? settingsText(settings) : ''));
  return exitCodes.done;
}

function settingsText({ path, places }: SettingsInUse): string {
  return `\nsettings: ${path ?? `none; there was neither ${places.join(' nor ')}`}\n`;
}

async function checkOne(session: Session, name: string, { origin }: OriginOption): Promise<ExitCode> {
  const result = await session.client.checkEndpoint(name, { origin });
  session.result(result, () => checkText(result));
  return result.checks.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;
}

function checkText({ endpoint, checks }: EndpointCheck): string {
  const lines = checks.map(({ place, call, ok, failure, advice }) =>
    ok
      ? `  ok      ${place}  ${call}\n${advice ? `          ${advice}\n` : ''}`
      : `  FAILED  ${place}  ${call}\n          ${failure}\n          What to do: ${advice}\n`,
  );
  return `Endpoint ${endpoint}\n${lines.join('')}`;
}
