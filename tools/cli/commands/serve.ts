import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { exitCodes } from '../failure/failure.ts';
import { helpText } from './command.ts';

const program = fileURLToPath(new URL('../../local/main.ts', import.meta.url));

/** The stack on this computer stays up until Ctrl-C, as with `npm run local`. Other commands then need not start one. */
export function addServe(partway: Command, told: (exitCode: number) => void): void {
  const serve = partway.command('serve').description('keep the stack on this computer up, until Ctrl-C');
  serve.addHelpText('after', helpText('partway serve', 'partway serve --home /var/lib/partway'));
  serve.action(async (_, command: Command) => {
    const { home } = command.optsWithGlobals<{ home: string }>();
    const stack = spawn(process.execPath, [program, home], { stdio: 'inherit' });
    // A terminal sends Ctrl-C to the stack itself; a second one does no harm.
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stack.kill(signal));
    const [code] = (await once(stack, 'exit')) as [number | null];
    told(code ?? exitCodes.interrupted);
  });
}
