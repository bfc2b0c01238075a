import { type Command, Option } from 'commander';
import type { SweepRow, SweepView } from '../../../functions/transfer/sweep-report.ts';
import { type ExitCode, exitCodes, invalid } from '../failure/failure.ts';
import { sweepText } from '../text/sweep-text.ts';
import { helpText, type Run } from './command.ts';
import type { Session } from './session.ts';

type SweepOptions = { readonly report?: true | string };

export function addSweep(program: Command, run: Run): void {
  const sweep = program.command('sweep').description('show what the daily sweep has found and done');
  sweep.addOption(new Option('--report [sweepId]', 'show the whole report of this sweep, or of the latest one'));
  sweep.addHelpText('after', helpText('partway sweep --report', 'partway sweep --report --json'));
  sweep.action((options: SweepOptions, command: Command) => run(command, (session) => showSweep(session, options)));
}

async function showSweep(session: Session, { report }: SweepOptions): Promise<ExitCode> {
  if (report === undefined) {
    const what = 'The sweep runs by itself once a day. This command cannot start it.';
    throw invalid(what, '`partway sweep --report` shows what the last sweep found and did.');
  }
  const whole = await wholeReport(session, report === true ? 'latest' : report);
  session.result(whole, (columns) => sweepText(whole, columns));
  return exitCodes.done;
}

/** Reads all pages under the id in the first page, because a new sweep may begin meanwhile, and has another id. */
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
