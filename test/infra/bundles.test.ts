import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type FunctionName, functionCalls } from '../../infra/function-calls.ts';
import { placeOf } from '../../tools/build/keys.ts';
import { clientsOf, sdkClients } from '../bench/sdk-clients.ts';

/**
 * What Lambda reads when a function starts, in KiB. If a bundle passes its limit, something new is in it: esbuild's
 * metafile tells what. Each limit is what the bundle had when it was set, and 5 % more.
 */
const limitsKiB = {
  abort: 630,
  api: 523,
  complete: 686,
  'copy-batch': 651,
  'copy-whole': 658,
  initiate: 700,
  plan: 679,
  push: 653,
  'read-back': 651,
  settle: 470,
  stores: 675,
  sweep: 677,
} as const satisfies Record<FunctionName, number>;

const names = Object.keys(functionCalls) as FunctionName[];
const bundleOf = (name: FunctionName): string => `${placeOf('functions')}/${name}/index.mjs`;

describe.each(names)('The bundle of %s', (name) => {
  it('is not larger than its limit', () => {
    expect(statSync(bundleOf(name)).size / 1024).toBeLessThanOrEqual(limitsKiB[name]);
  });

  it('gets node:http without `fetch`, which an ES import of it would load', () => {
    const code = readFileSync(bundleOf(name), 'utf8');
    expect(code).toContain('process.getBuiltinModule("node:http")');
    expect(code).not.toMatch(/(from|import\()\s*"(node:)?http"/);
  });

  it('has the licenses of the packages that are in it, and of no others', () => {
    const notices = readFileSync(bundleOf(name).replace('index.mjs', 'THIRD_PARTY_NOTICES.txt'), 'utf8');
    for (const known of ['@middy/core', '@aws-sdk/client-dynamodb']) expect(notices).toContain(`\n${known} `);
    expect(notices.includes('\n@aws-sdk/client-s3 ')).toBe(clientsOf(name).some(({ client }) => client === 'S3Client'));
    expect(notices).not.toMatch(/^(dynalite|commander|esbuild) /m);
  });

  it('has the clients for the calls that the function may make, and no others', () => {
    const code = readFileSync(bundleOf(name), 'utf8');
    // The bundles keep the names of classes, each as a text.
    const bundled = sdkClients.filter(({ client }) => code.includes(`"${client}"`));
    expect(bundled).toEqual(clientsOf(name));
  });
});
