import { type Command, Option } from 'commander';
import type { SweepRow, SweepView } from '../../../functions/transfer/sweep-report.ts';
import { type ExitCode, exitCodes, invalid } from '../failure/failure.ts';
import { sweepText } from '../text/sweep-text.ts';
import { helpText, type Run } from './command.ts';
import type { Session } from './session.ts';

type SweepOptions = { readonly report?: true | string };

export function addSweep(program: Command, run: Run): void {
  const sweep = program.command('sweep').description('show what the daily sweep has found and done');
  sweep.addOption(new Option('--report [sweepId]', 'the whole report, of the latest sweep or of that one'));
  sweep.addHelpText('after', helpText('partway sweep --report', 'partway sweep --report --json'));
  sweep.action((options: SweepOptions, command: Command) => run(command, (session) => showSweep(session, options)));
}

async function showSweep(session: Session, { report }: SweepOptions): Promise<ExitCode> {
  if (report === undefined) {
    const what = 'The sweep runs by itself once a day, and is not started from here.';
    throw invalid(what, '`partway sweep --report` shows what the last one has found and done.');
  }
  const whole = await wholeReport(session, report === true ? 'latest' : report);
  session.result(whole, (columns) => sweepText(whole, columns));
  return exitCodes.done;
}

/** All pages, by the id in the first one. A sweep that begins meanwhile has another id. */
async function wholeReport({ client }: Session, sweepId: string): Promise<Omit<SweepView, 'after'>> {
  const { after: firstPage, ...report } = await client.sweep(sweepId);
  const rows: SweepRow[] = [...report.rows];
  for (let after = firstPage; after !== undefined; ) {
    const page = await client.sweep(report.sweepId, { after: String(after) });
    rows.push(...page.rows);
    after = page.after;
  }
  return { ...report, rows };
}
