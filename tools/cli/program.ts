import { Command, CommanderError, Option } from 'commander';
import { ownVersion } from '../programs/programs.ts';
import { defaultHome } from '../settings/places.ts';
import { type OwnStack, ownStack } from './api/own-stack.ts';
import { helpText, type Run } from './commands/command.ts';
import { type GlobalOptions, openSession, type Surroundings } from './commands/session.ts';
import { commandsFor } from './commands.ts';
import { type ExitCode, exitCodes, failureOf } from './failure/failure.ts';
import { isHere } from './request/address.ts';
import { writeJson } from './text/display.ts';
import { badUsage } from './usage.ts';

/** Runs one command line and returns its exit code. Throws only for faults of ours. */
export async function runProgram(words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.done;
  const run: Run = async (command, work) => {
    const options = globalOptions(command);
    const stack = stackFor(command, options, surroundings);
    try {
      exitCode = await work(openSession(options, surroundings, stack));
    } catch (error) {
      exitCode = await tell(error, options, surroundings);
    } finally {
      stack?.letGo();
    }
  };
  const partway = program(surroundings);
  for (const add of await commandsFor(words)) {
    add(partway, run, (code) => {
      exitCode = code as ExitCode;
    });
  }
  try {
    await partway.parseAsync(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return exitCodes.done; // help, or the version
    // We do not know which options were read before the mistake.
    const isJson = words.includes('--json');
    if (error.code === 'commander.help' && !isJson) return exitCodes.refused; // commander has printed the help
    const isCommand = partway.commands.some((command) => command.name() === words[0]);
    return tell(badUsage(error, isCommand ? `partway ${words[0]}` : 'partway'), { json: isJson }, surroundings);
  }
  return exitCode;
}

function program({ stdout, stderr }: Surroundings): Command {
  const partway = new Command('partway')
    .description('Copies one large object into any S3-compatible store, and resumes after any failure.')
    .version(ownVersion(), '--version', 'print the version')
    .helpOption('--help', 'explain a command')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: () => {}, // we print errors of the command line like every other failure
    })
    .exitOverride();
  addGlobalOptions(partway);
  return partway.addHelpText(
    'after',
    helpText(
      'partway endpoints',
      'partway copy minio:raw/movie.mov us3:archive/',
      'partway list --api https://a1b2c3.execute-api.eu-central-1.amazonaws.com',
      'partway copy --help',
    ),
  );
}

function addGlobalOptions(partway: Command): void {
  partway
    .addOption(
      new Option('--api <url>', 'use a deployed stack (default: the stack on this computer)').env('PARTWAY_API'),
    )
    .addOption(
      new Option('--home <folder>', 'state folder of the stack on this computer')
        .default(defaultHome(), '.partway if it exists, else ~/.local/state/partway')
        .env('PARTWAY_HOME'),
    )
    .option('--region <name>', 'region of the API, if its host name does not say it (or AWS_REGION)')
    .option('--json', 'for programs: print JSON on stdout, one document a line')
    .option('--quiet', 'print only errors and the final result');
}

// Only these commands start a stack in a new folder. The others ask about transfers, and a new stack has none.
const BEGINNERS: ReadonlySet<string> = new Set(['copy', 'plan', 'endpoints', 'check']);

/** The stack on this computer, which the command starts if it needs one. A deployed stack runs already. */
function stackFor(
  command: Command,
  { api, home, quiet }: GlobalOptions,
  { stderr, signal }: Surroundings,
): OwnStack | undefined {
  if (api !== undefined) return undefined;
  const say = (sentence: string) => quiet || stderr.write(`${sentence}\n`);
  const warm = isPush(command) ? (['start', 'signParts'] as const) : (['list'] as const);
  return ownStack(home, { mayBegin: BEGINNERS.has(command.name()), warm, say, signal });
}

function isPush(command: Command): boolean {
  return command.name() === 'copy' && isHere(command.args[0] ?? '');
}

/** A typed option is stronger than the environment: --home means the stack in that folder, even if PARTWAY_API is set. */
function globalOptions(command: Command): GlobalOptions {
  const { api, ...options } = command.optsWithGlobals<GlobalOptions>();
  const isTyped = (name: string) => command.getOptionValueSourceWithGlobals(name) === 'cli';
  const isLocal = !api || (isTyped('home') && !isTyped('api'));
  return isLocal ? options : { ...options, api };
}

async function tell(
  error: unknown,
  { json }: { json?: boolean },
  { stdout, stderr, signal }: Surroundings,
): Promise<ExitCode> {
  if (signal.aborted) {
    // A watch prints its own text when it is interrupted. This interrupt came before the API had answered.
    stderr.write('Interrupted before the API answered. It may have begun what you asked for: see `partway list`.\n');
    return exitCodes.interrupted;
  }
  const known = failureOf(error);
  if (!known) throw error;
  const { failureText, inWordsOfCli } = await import('./failure/failure-text.ts');
  stderr.write(failureText(known.failure));
  if (json) writeJson(stdout, { event: 'error', error: inWordsOfCli(known.failure) });
  return known.exitCode;
}
