/**
 * `node test/quotas/main.ts [--arrivals 2000] [--concurrency 10] [--divisor 1] [--table-divisor 1] [--json]` puts so many
 * objects into a bucket at once, under the quotas of Step Functions, Lambda and DynamoDB. It exits with 1 unless every object
 * was written once at its target and every execution has succeeded.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setup as takeScratch } from '../scratch.ts';
import { burst, isRight } from './burst.ts';

process.on('exit', takeScratch());
process.env.CDK_VALIDATION ??= 'false'; // other tests validate the template

const { values } = parseArgs({
  options: {
    arrivals: { type: 'string', default: '2000' },
    concurrency: { type: 'string', default: '10' },
    divisor: { type: 'string', default: '1' },
    'table-divisor': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const arrivals = Number(values.arrivals);
const report = await burst({
  home: mkdtempSync(join(tmpdir(), 'partway-quotas-')),
  arrivals,
  concurrency: Number(values.concurrency),
  divisor: Number(values.divisor),
  tableDivisor: Number(values['table-divisor'] ?? values.divisor),
  lagMs: 2000,
  onProgress: ({ written, ended }) =>
    process.stderr.write(`\r${written} of ${arrivals} objects are there, ${ended} executions have ended `),
});
process.stderr.write('\n');
console.log(values.json ? JSON.stringify(report) : report);
process.exitCode = isRight(report) ? 0 : 1;
