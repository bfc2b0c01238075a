import type { Allowed } from './authorize.ts';
import { rightsOf } from './evaluate.ts';
import { rightText } from './names.ts';
import type { Rights } from './rights.ts';

/** Rights that no call needs: either no call used them, or another right allows the same calls. */
export function needless({ statements }: Rights, allowed: readonly Allowed[]): string[] {
  const needed = new Set(
    allowed.flatMap(({ principal, by }) => {
      const [only, ...others] = new Set(by.map((right) => rightText(principal, right)));
      return others.length === 0 ? [only] : [];
    }),
  );
  const granted = [...statements].flatMap(([principal, all]) =>
    all.flatMap(rightsOf).map((right) => rightText(principal, right)),
  );
  return [...new Set(granted)].filter((right) => !needed.has(right)).toSorted();
}

/** Why a stack has rights that no call on this computer needs. A row that matches no right must be deleted. */
export const explanations: readonly (readonly [right: RegExp, why: string])[] = [
  [/: logs:(CreateLogStream|PutLogEvents) on logs log-group:/, 'Lambda itself writes what a function logs.'],
  [/: xray:Put(TraceSegments|TelemetryRecords) on \*$/, 'Lambda and Step Functions send the traces by themselves.'],
  [/MachineRole: xray:GetSampling/, 'Step Functions asks which executions to trace.'],
  [
    /MachineRole: logs:/,
    'Step Functions delivers the log of the machine by itself, and IAM has no resources for that.',
  ],
  [
    /^settle: sqs:/,
    'Lambda itself sends an event that settle could not take to the queue. CDK grants all three together.',
  ],
  [/MachineRole: lambda:InvokeFunction on .*:\*$/, 'CDK grants versions and aliases too. The machine calls $LATEST.'],
];

/** Unneeded rights that no row explains, and rows that explain no right. Both should be empty. */
export function unexplained(rights: readonly string[], rows = explanations): { rights: string[]; rows: string[] } {
  return {
    rights: rights.filter((right) => !rows.some(([pattern]) => pattern.test(right))),
    rows: rows.filter(([pattern]) => !rights.some((right) => pattern.test(right))).map(([pattern]) => pattern.source),
  };
}
