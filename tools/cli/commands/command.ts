import type { Command } from 'commander';
import { type ExitCode, exitCodesText } from '../failure/failure.ts';
import type { Session } from './session.ts';

/** Opens a session with the global options of the command, and keeps the exit code of its work. */
export type Run = (command: Command, work: (session: Session) => Promise<ExitCode>) => Promise<void>;

export function helpText(...examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  $ ${example}\n`).join('')}\n${exitCodesText}`;
}
