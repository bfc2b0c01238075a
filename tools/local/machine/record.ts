import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StatusChange } from './status-change.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What DescribeExecution returns. Dates are ISO. Input and output are values, not their JSON. */
export type ExecutionDescription = {
  readonly executionArn: string;
  readonly stateMachineArn: string;
  readonly name: string;
  readonly status: ExecutionStatus;
  readonly input: unknown;
  readonly startDate: string;
  readonly stopDate?: string;
  readonly output?: unknown;
  readonly error?: string;
  readonly cause?: string;
  readonly redriveCount: number;
  readonly redriveDate?: string;
};

/** The description, and the status changes that are not delivered yet. A rename replaces the whole record. */
export type ExecutionRecord = {
  readonly description: ExecutionDescription;
  readonly undelivered: readonly StatusChange[];
};

/** One folder per execution: `record.json` and `journal.jsonl`. */
export type Records = {
  create(name: string): void;
  save(record: ExecutionRecord): void;
  loadAll(): ExecutionRecord[];
  journalPath(name: string): string;
};

export function openRecords(directory: string): Records {
  const root = join(directory, 'executions');
  mkdirSync(root, { recursive: true });
  const recordPath = (name: string) => join(root, name, 'record.json');
  return {
    create: (name) => mkdirSync(join(root, name)),
    save: (record) => {
      const path = recordPath(record.description.name);
      writeFileSync(`${path}.new`, JSON.stringify(record));
      renameSync(`${path}.new`, path);
    },
    loadAll: () => readdirSync(root).flatMap((name) => load(join(root, name), recordPath(name))),
    journalPath: (name) => join(root, name, 'journal.jsonl'),
  };
}

function load(folder: string, path: string): ExecutionRecord[] {
  if (existsSync(path)) return [JSON.parse(readFileSync(path, 'utf8')) as ExecutionRecord];
  // The process was killed before it could answer the start. So nobody knows the execution, and its name is free.
  rmSync(folder, { recursive: true, force: true });
  return [];
}
