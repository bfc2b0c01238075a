import type { Command } from 'commander';
import type { Run } from './commands/command.ts';

/** Adds a command to the program. `told` gets the exit code of a command that opens no session. */
type Add = (partway: Command, run: Run, told: (exitCode: number) => void) => void;

/** The commands, in the order of the help. Each is loaded only when it is needed. */
const commands: Readonly<Record<string, () => Promise<Add>>> = {
  copy: async () => (await import('./commands/copy.ts')).addCopy,
  plan: async () => (await import('./commands/plan.ts')).addPlan,
  status: async () => (await import('./commands/status.ts')).addStatus,
  list: async () => (await import('./commands/list.ts')).addList,
  parts: async () => (await import('./commands/parts.ts')).addParts,
  pause: async () => (await import('./commands/pause.ts')).addPause,
  resume: async () => (await import('./commands/resume.ts')).addResume,
  abort: async () => (await import('./commands/abort.ts')).addAbort,
  endpoints: async () => (await import('./commands/endpoints.ts')).addEndpoints,
  uploads: async () => (await import('./commands/uploads.ts')).addUploads,
  sweep: async () => (await import('./commands/sweep.ts')).addSweep,
  serve: async () => {
    const { addServe } = await import('./commands/serve.ts');
    return (partway, _, told) => addServe(partway, told);
  },
};

/** The command that these words begin with. For all other words all commands: the help and the advice name them. */
export function commandsFor([first = '']: readonly string[]): Promise<readonly Add[]> {
  const load = Object.hasOwn(commands, first) ? [commands[first]] : Object.values(commands);
  return Promise.all(load.flatMap((each) => each?.() ?? []));
}
