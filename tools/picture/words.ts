import { type FunctionName, functionCalls } from '../../infra/function-calls.ts';

/** The purpose of each function, in one line. */
export const purposes: Readonly<Record<FunctionName, string>> = {
  api: 'Starts, shows, pauses and ends transfers',
  stores: 'Plans transfers, and checks endpoints',
  push: 'Signs URLs: clients send their own parts',
  initiate: 'Refuses what cannot work, begins the upload',
  plan: 'Hands out the parts that are missing',
  'copy-whole': 'Copies a small object in one request',
  'copy-batch': 'Copies some parts, and records each',
  'read-back': 'Reads parts again, and compares them',
  complete: 'Makes one object of the parts, proves it',
  abort: 'Removes the upload',
  settle: 'Writes down how an execution ended',
  sweep: 'Ends transfers that nobody resumed',
};

const senders: Readonly<Record<string, readonly string[]>> = {
  api: ['You', 'partway, or a', 'program'],
  'aws.s3': ['A new object', 'in a bucket', 'that you watch'],
};

/** Who calls the API, or whose events a rule waits for. */
export function senderOf(source: string): readonly string[] {
  return senders[source] ?? [source];
}

/** A logical id has the name without its hyphens, followed by a hash. */
export function functionNameOf(logicalId: string): FunctionName {
  const found = (Object.keys(functionCalls) as FunctionName[]).find((name) =>
    new RegExp(`Functions${name.replaceAll('-', '')}[0-9A-F]{8}$`).test(logicalId),
  );
  if (!found) throw new Error(`The picture has no words for the function ${logicalId}.`);
  return found;
}
