import { type Command, InvalidArgumentError, Option } from 'commander';
import { faultOfOrigin } from '../../../functions/api/pages.ts';
import { asFailure } from '../../../functions/transfer/errors.ts';
import { CliError, type ExitCode, exitCodeOf, exitCodes } from '../failure/failure.ts';
import { pageRules } from '../text/page-rules.ts';
import { helpText, type Run } from './command.ts';
import type { Session } from './session.ts';

export type OriginOption = { readonly origin?: string };

export function originOption(description: string): Option {
  return new Option('--origin <url>', description).argParser((text: string) => {
    const fault = faultOfOrigin(text);
    if (fault !== undefined) throw new InvalidArgumentError(`It is no origin: ${fault}.`);
    return text;
  });
}

export function addCors(endpoints: Command, run: Run): void {
  const cors = endpoints.command('cors').argument('<name>', 'the endpoint');
  cors.description('print the CORS rules that its buckets need, so that web pages may push into them');
  cors.addOption(originOption('of the pages; if it is left out, every page that has a signed URL may send'));
  cors.addHelpText('after', helpText('partway endpoints cors us3 --origin https://app.example.com > cors.json'));
  cors.action((name: string, options: OriginOption, command: Command) =>
    run(command, (session) => printRules(session, name, options)),
  );
}

/** The rules go to stdout, so that they can go into a file. What to do with them goes to stderr. */
async function printRules(session: Session, name: string, { origin = '*' }: OriginOption): Promise<ExitCode> {
  const { endpoints } = await session.client.endpoints();
  const endpoint = endpoints.find((each) => each.name === name);
  if (!endpoint) {
    const failure = asFailure('NotFound', `There is no endpoint "${name}" in this stack.`);
    throw new CliError(failure, { exitCode: exitCodeOf(failure.name) });
  }
  const rules = pageRules(endpoint, origin);
  session.remark(
    rules.rules === undefined ? 'A bucket of this store has no rules. Instead:' : 'Then, for each bucket:',
  );
  for (const how of rules.how) session.remark(`  ${how}`);
  session.remark(`How we know: ${rules.basis}, ${rules.source}.`);
  session.result(rules, () => (rules.rules === undefined ? '' : `${rules.rules}\n`));
  return exitCodes.done;
}
