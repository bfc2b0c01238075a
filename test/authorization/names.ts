import { type FunctionName, functionCalls } from '../../infra/function-calls.ts';
import { place } from '../../tools/local/template/physical.ts';
import type { Right } from './evaluate.ts';

const functions = Object.keys(functionCalls) as FunctionName[];

/** The function with this physical name or this role. `undefined` if the name belongs to no function. */
export function functionOf(physicalName: string): FunctionName | undefined {
  const [, found] = /Functions([a-z]+?)(?:role)?[0-9A-F]{8}$/.exec(physicalName) ?? [];
  return functions.find((name) => name.replaceAll('-', '') === found);
}

/** One line for a person: who may do what, with which resource, and with which rows. */
export function rightText(principal: string, { action, resource, statement }: Right): string {
  const keys = Object.values(statement.conditions).flatMap((condition) => Object.entries(condition));
  const when = keys.map(([key, wanted]) => ` when ${key} is ${shown(wanted.join(', '))}`).join('');
  return `${functionOf(principal) ?? shown(principal)}: ${action} on ${shown(resource)}${when}`;
}

/** Leaves out the account, the region and the hashes of logical ids, which tell a reader nothing. */
function shown(text: string): string {
  return (
    text
      .replaceAll(new RegExp(`arn:${place.partition}:([a-z0-9-]+):[a-z0-9-]*:\\d*:`, 'g'), '$1 ')
      .replaceAll(/(?<=[a-zA-Z])[0-9A-F]{8}(?=\W|$)/g, '')
      // We leave out the endpoint's name, because all endpoints get their rights in the same way.
      .replace(/(?<=secret:partway\/)[a-z]+-/, '*-')
  );
}
