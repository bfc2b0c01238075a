import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Command } from 'commander';
import { programPath } from '../../programs/programs.ts';
import { exitCodes } from '../failure/failure.ts';
import { helpText } from './command.ts';

/** Runs the stack on this computer until Ctrl-C, as `npm run local` does. Meanwhile no other command starts one. */
export function addServe(partway: Command, told: (exitCode: number) => void): void {
  const serve = partway.command('serve').description('run the stack on this computer until Ctrl-C');
  serve.addHelpText('after', helpText('partway serve', 'partway serve --home /var/lib/partway'));
  serve.action(async (_, command: Command) => {
    const { home } = command.optsWithGlobals<{ home: string }>();
    const stack = spawn(process.execPath, [programPath('serve'), home], { stdio: 'inherit' });
    // The terminal sends Ctrl-C to the stack too. A second signal does no harm.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stack.kill(signal));
    const [code] = (await once(stack, 'exit')) as [number | null];
    told(code ?? exitCodes.interrupted);
  });
}
