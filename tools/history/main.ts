/**
 * `npm run history -- <transfer id, execution name, or file.json>` shows an execution's history as text, and writes it as a
 * page. The file is one that `aws stepfunctions get-execution-history` has written.
 */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { failureOf, invalid } from '../cli/failure/failure.ts';
import { failureText } from '../cli/failure/failure-text.ts';
import { findHistory } from './find.ts';
import { pageOf } from './page.ts';
import { historyText } from './text.ts';
import { timelineOf } from './timeline.ts';

const usage = 'npm run history -- <transfer id, execution name, or file.json> [--home <folder>] [--json]';

try {
  console.log(answer());
} catch (error) {
  const known = failureOf(error);
  if (!known) throw error;
  process.stderr.write(failureText(known.failure));
  process.exitCode = known.exitCode;
}

function answer(): string {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { home: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
  });
  if (values.help) return usage;
  const [asked, ...others] = positionals;
  if (asked === undefined || others.length > 0)
    throw invalid('npm run history takes one execution.', `Type \`${usage}\`.`);
  const { name, folder, events } = findHistory(values.home ?? process.env.PARTWAY_HOME ?? '.partway', asked);
  const timeline = timelineOf(events);
  const page = resolve(join(folder, 'history.html'));
  writeFileSync(page, pageOf(name, timeline));
  return values.json ? JSON.stringify({ name, page, ...timeline }) : `${historyText(timeline)}\nPage: ${page}`;
}
