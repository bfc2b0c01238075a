import type { CommanderError } from 'commander';
import { type CliError, invalid } from './failure/failure.ts';

/** Says commander's errors in the CLI's own form: what was given, what is allowed. */
export function badUsage({ code, message }: CommanderError, command: string): CliError {
  const next = `Correct the command; \`${command} --help\` shows how.`;
  if (code === 'commander.help') return invalid('There is no command.', next);
  const [, option, given, rule] =
    /^error: option '(\S+).*?' (?:argument|value) '(.*?)'.*? is invalid\. (.*)$/s.exec(message) ?? [];
  if (option !== undefined && given !== undefined && rule !== undefined)
    return invalid(`${option} is ${JSON.stringify(given)}; ${lowered(rule)}`, next);
  const sentence = message.replace(/^error: /, '').replace(/\s*\n\s*/, ' ');
  const ended = /[.?)]$/.test(sentence) ? sentence : `${sentence}.`;
  return invalid(ended[0]?.toUpperCase() + ended.slice(1), next);
}

function lowered(sentence: string): string {
  return sentence[0]?.toLowerCase() + sentence.slice(1);
}
