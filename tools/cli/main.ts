import { exitCodes } from './failure/failure.ts';
import { runProgram } from './program.ts';

// A terminal and the script that started us may both pass on one Ctrl-C. A signal that comes later than this is a
// second Ctrl-C.
const SAME_SIGNAL_MS = 500;

/** The first signal ends the wait, so that the CLI can say how to go on. A second one ends the CLI. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      firstMs ??= Date.now();
      if (Date.now() - firstMs > SAME_SIGNAL_MS) process.exit(exitCodes.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}

// `partway list | head` closes the pipe early. That is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

const { stdout, stderr } = process;
process.exitCode = await runProgram(process.argv.slice(2), { stdout, stderr, signal: interruption() });
