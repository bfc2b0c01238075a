import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { replaceFile, syncDirectory } from '../../files/replace-file.ts';
import { isObject } from '../../json.ts';
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

/**
 * The description, and the status changes that are not delivered yet. A rename replaces the whole record. It is on the
 * disk before anybody hears of it: after a power failure, the next process must know which executions run.
 */
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
    create: (name) => {
      mkdirSync(join(root, name));
      syncDirectory(root);
    },
    save: (record) => replaceFile(recordPath(record.description.name), JSON.stringify(record)),
    loadAll: () => readdirSync(root).flatMap((name) => load(join(root, name), recordPath(name), directory)),
    journalPath: (name) => join(root, name, 'journal.jsonl'),
  };
}

function load(folder: string, path: string, directory: string): ExecutionRecord[] {
  if (!existsSync(path)) {
    // The process was killed before it could answer the start. So nobody knows the execution, and its name is free.
    rmSync(folder, { recursive: true, force: true });
    return [];
  }
  const record = recordIn(readFileSync(path, 'utf8'));
  if (record) return [record];
  setAside(folder, join(directory, 'broken'));
  return [];
}

/** `undefined`: the file was damaged, perhaps by a power failure. */
function recordIn(text: string): ExecutionRecord | undefined {
  try {
    const record: unknown = JSON.parse(text);
    return isObject(record) && isObject(record.description) ? (record as ExecutionRecord) : undefined;
  } catch {
    return undefined;
  }
}

/** Its transfer has a header of its own, with which `partway resume` begins another execution. */
function setAside(folder: string, broken: string): void {
  const aside = join(broken, `${basename(folder)}-${Date.now()}`);
  mkdirSync(broken, { recursive: true });
  renameSync(folder, aside);
  console.error(
    `The record of execution ${basename(folder)} is damaged, and is now in ${aside}. If \`partway list\` shows a transfer that stands still, resume it.`,
  );
}
