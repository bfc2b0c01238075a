import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Calls, callsOf, type FunctionName, functionCalls } from '../../infra/function-calls.ts';
import { placeOf } from '../../tools/build/keys.ts';

/**
 * What Lambda reads when a function starts, in KiB. If a bundle passes its limit, something new is in it: esbuild's
 * metafile tells what. Each limit is what the bundle had when it was set, and 2 % more.
 */
const limitsKiB = {
  abort: 601,
  api: 481,
  complete: 653,
  'copy-batch': 622,
  'copy-whole': 628,
  initiate: 656,
  plan: 648,
  push: 622,
  'read-back': 622,
  settle: 455,
  stores: 643,
  sweep: 648,
} as const satisfies Record<FunctionName, number>;

const touchesStores = ({ sources, targets }: Calls): boolean => (sources ?? targets) !== undefined;

/** The SDK's clients, and which functions need them. */
const clients: Readonly<Record<string, (calls: Calls) => boolean>> = {
  DynamoDBClient: () => true,
  S3Client: touchesStores,
  SecretsManagerClient: touchesStores,
  SSMClient: ({ endpoints }) => endpoints !== undefined,
  SFNClient: ({ executions }) => executions !== undefined,
  EventBridgeClient: ({ announces }) => announces === true,
};

const names = Object.keys(functionCalls) as FunctionName[];
const bundleOf = (name: FunctionName): string => `${placeOf('functions')}/${name}/index.mjs`;

describe.each(names)('The bundle of %s', (name) => {
  it('is not larger than its limit', () => {
    expect(statSync(bundleOf(name)).size / 1024).toBeLessThanOrEqual(limitsKiB[name]);
  });

  it('has the clients for the calls that the function may make, and no others', () => {
    const code = readFileSync(bundleOf(name), 'utf8');
    // The bundles keep the names of classes, each as a text.
    const bundled = Object.keys(clients).filter((client) => code.includes(`"${client}"`));
    const needed = Object.entries(clients).flatMap(([client, isNeeded]) => (isNeeded(callsOf(name)) ? client : []));
    expect(bundled).toEqual(needed);
  });
});
