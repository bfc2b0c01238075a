import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';
import * as connected from '../../functions/runtime/connect.ts';
import { type FunctionName, functionCalls } from '../../infra/function-calls.ts';

const root = join(import.meta.dirname, '../..');
const names = Object.keys(functionCalls) as FunctionName[];
const groups: Readonly<Record<string, unknown>> = { ...connected };
const config = {
  tableName: 'table',
  endpointsPath: '/endpoints',
  stateMachineArn: undefined,
  urlPolicy: { allowHttp: false, allowPrivateAddresses: false },
};

/** The groups of ports that a handler names, in the order of its file. */
function groupsOf(name: FunctionName): string[] {
  const code = readFileSync(join(root, `functions/${name}.ts`), 'utf8');
  const [, list = ''] = /\[([\w, ]+)\],?\s*\);\s*$/.exec(code) ?? [];
  return list.split(',').map((each) => each.trim());
}

function portsOf(given: readonly string[]): string[] {
  const chosen = given.map((each) => groups[each] as connected.PortGroup);
  return Object.keys(connected.connect(chosen, config)(() => 0));
}

// Words that mean nothing else in our code. Of the others, only `ports.store` and the like count.
const OWN_WORDS = ['sweeps', 'executions', 'announce', 'signer', 'asPage', 'admit', 'written', 'checkpoints'];

/** The ports that the code asks for, of all that a handler can reach: esbuild leaves out the rest. */
async function usedBy(name: FunctionName): Promise<string[]> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: [`functions/${name}.ts`],
    bundle: true,
    write: false,
    platform: 'node',
    format: 'esm',
    packages: 'external',
  });
  const code = outputFiles.map(({ text }) => text).join('\n');
  const asked = [...code.matchAll(/\bports\d*\.(\w+)/g)].map(([, port = '']) => port);
  const taken = [...code.matchAll(/\{ ([\w, ]+) \}(?=\)|,| = ports)/g)].flatMap(([, list = '']) => list.split(', '));
  return [...new Set([...asked, ...taken.filter((port) => OWN_WORDS.includes(port))])].toSorted();
}

describe.each(names)('The function %s', (name) => {
  it('has every port that its code asks for', async () => {
    const used = await usedBy(name);
    expect(used).toContain('checkpoints');
    const given = portsOf(groupsOf(name));
    expect(used.filter((port) => !given.includes(port))).toEqual([]);
  });

  it('has no group of ports that its code does not ask for', async () => {
    const used = await usedBy(name);
    const own = groupsOf(name);
    const needless = own.filter((group) => {
      const others = portsOf(own.filter((each) => each !== group));
      return !portsOf([group]).some((port) => !others.includes(port) && used.includes(port));
    });
    expect(needless).toEqual([]);
  });
});

describe('The test above', () => {
  const files = readdirSync(join(root, 'functions'), { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((path) => path.endsWith('.ts'))
    .map((path) => readFileSync(join(root, 'functions', path), 'utf8'));

  it('finds ports by their variable, which is called `ports` everywhere', () => {
    const variables = sources.flatMap((code) => [...code.matchAll(/\b(\w+): (?:Pick<)?Ports\b/g)]);
    expect(variables.length).toBeGreaterThan(50);
    expect(new Set(variables.map(([, variable]) => variable))).toEqual(new Set(['ports']));
  });

  it('would not find a port with a common name that is taken out of `ports`, and there is none', () => {
    const common = ['source', 'target', 'store', 'profile', 'endpoint', 'endpoints'];
    const taken = sources.flatMap((code) => [
      ...code.matchAll(/\{([^{}]*)\}: (?:Pick<)?Ports\b/g),
      ...code.matchAll(/\{([^{}]*)\} = ports\b/g),
    ]);
    expect(taken.length).toBeGreaterThan(10);
    expect(
      taken
        .flatMap(([, list = '']) => list.split(',').map((each) => each.trim()))
        .filter((port) => common.includes(port)),
    ).toEqual([]);
  });
});
