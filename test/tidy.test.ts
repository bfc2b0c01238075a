import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { profiles } from '../functions/providers/profiles.ts';
import { functionLengths } from './function-lengths.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n')
  .filter((path) => existsSync(join(root, path)));
const text = (path: string) => readFileSync(join(root, path), 'utf8');
const sources = tracked.filter((path) => /\.(ts|mjs)$/.test(path) && !path.endsWith('.d.ts'));
const product = sources.filter((path) => !path.startsWith('test/'));
const under = (folder: string) => product.filter((path) => path.startsWith(`${folder}/`));

/** The imports of a file: paths from the root for our own files, names for packages. */
function importsOf(path: string): string[] {
  const specifiers = [
    ...text(path).matchAll(/^(?:import|export)\s[^;]*?from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gms),
  ].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return specifiers.map((specifier) =>
    specifier.startsWith('.') ? normalize(join(dirname(path), specifier)) : specifier,
  );
}

/** The folders and files that each folder may import. Other tests check imports of packages. */
const doors: Record<string, string[]> = {
  'functions/transfer': ['functions/transfer'],
  'functions/api': ['functions/api', 'functions/transfer'],
  'functions/providers': ['functions/providers', 'functions/transfer'],
  'functions/engine': ['functions/engine', 'functions/transfer'],
  'functions/endpoints': ['functions/endpoints', 'functions/transfer', 'functions/providers'],
  'functions/adapters': [
    ...['functions/adapters', 'functions/engine', 'functions/transfer', 'functions/providers', 'functions/endpoints'],
  ],
  // infra and functions must agree on errors, messages and endpoints: docs/decisions/0007-endpoints.md. They also share
  // one table of the API's routes.
  infra: [
    ...['infra', 'functions/transfer/errors.ts', 'functions/transfer/messages.ts', 'functions/endpoints'],
    'functions/transfer/schema.ts',
    ...['functions/api/routes.ts', 'functions/api/pages.ts'],
    ...[
      'functions/transfer/values/places.ts',
      'functions/transfer/values/push-days.ts',
      'functions/transfer/values/speeds.ts',
      'functions/transfer/values/canned-acls.ts',
      'functions/transfer/values/part-checksum.ts',
      'functions/transfer/values/faults.ts',
    ],
    ...['functions/transfer/request.ts', 'functions/transfer/endpoint.ts'],
  ],
  tools: ['tools', 'functions', 'infra'],
};

/** The folders that import themselves through others, each with that path. */
function circlesIn(imports: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const wayBack = (from: string, to: string, seen = new Set<string>()): string[] | undefined => {
    for (const next of imports.get(from) ?? []) {
      if (next === to) return [from, to];
      if (seen.has(next)) continue;
      seen.add(next);
      const way = wayBack(next, to, seen);
      if (way) return [from, ...way];
    }
    return undefined;
  };
  return [...imports.keys()].flatMap((room) => wayBack(room, room)?.join(' → ') ?? []);
}

describe('The tree', () => {
  it('is searched for circles: a made-up circle is found', () => {
    const circle = new Map([
      ['a', new Set(['b'])],
      ['b', new Set(['c'])],
      ['c', new Set(['b'])],
    ]);
    expect(circlesIn(circle)).toEqual(['b → c → b', 'c → b → c']);
  });

  it.each(Object.entries(doors))('has a folder %s that imports only from allowed folders', (room, allowed) => {
    const strays = under(room).flatMap((path) =>
      importsOf(path)
        .filter(
          (name) =>
            /^(functions|infra|tools|test)\//.test(name) &&
            !allowed.some((door) => name === door || name.startsWith(`${door}/`)),
        )
        .map((name) => `${path} → ${name}`),
    );
    expect(strays).toEqual([]);
  });

  it('imports SDKs only in functions/adapters and in tools', () => {
    const strays = product
      .filter((path) => !/^(functions\/adapters|tools)\//.test(path))
      .filter((path) => importsOf(path).some((name) => /^@(aws-sdk|smithy)\//.test(name)));
    expect(strays).toEqual([]);
  });

  it('has a pure core: functions/transfer uses no clock, no chance, no environment and no log', () => {
    const impure = /\bDate\.now|new Date\(\)|Math\.random|console\.|process\./;
    expect(under('functions/transfer').filter((path) => impure.test(text(path)))).toEqual([]);
  });

  it('has a core without Node, so that a web page can use it', () => {
    const node = /from 'node:|import\('node:|\bBuffer\b/;
    const core = [...under('functions/transfer'), ...under('tools/client').filter((path) => !path.includes('/node/'))];
    expect(core.filter((path) => node.test(text(path)))).toEqual([]);
  });

  it('has at most 20 files of code in a folder', () => {
    const sizes = Object.entries(Object.groupBy(product, dirname)).map(([folder, files = []]) => [
      folder,
      files.length,
    ]);
    expect(sizes.filter(([, count]) => Number(count) > 20)).toEqual([]);
  });

  it.each([
    ['folders', (path: string) => dirname(path)],
    ['rooms', (path: string) => dirname(path).split('/').slice(0, 2).join('/')],
  ])('has no %s that import each other, directly or in a circle', (_, roomOf) => {
    const imports = new Map<string, Set<string>>();
    for (const path of product)
      for (const name of importsOf(path).filter((each) => product.includes(each)))
        if (roomOf(name) !== roomOf(path))
          imports.set(roomOf(path), (imports.get(roomOf(path)) ?? new Set()).add(roomOf(name)));
    expect(circlesIn(imports)).toEqual([]);
  });

  it('reads the environment of deployed functions only in config.ts', () => {
    expect(under('functions').filter((path) => text(path).includes('process.env'))).toEqual([
      'functions/runtime/config.ts',
    ]);
  });

  it('has handlers of at most 40 lines', () => {
    const handlers = under('functions').filter((path) => path.split('/').length === 2);
    expect(handlers.length).toBeGreaterThan(5);
    expect(handlers.filter((path) => text(path).split('\n').length > 40)).toEqual([]);
  });

  it('has no file over 250 lines, and half of the files have under 90', () => {
    const lines = product
      .map((path) => ({ path, lines: text(path).split('\n').length - 1 }))
      .sort((one, other) => one.lines - other.lines);
    expect(lines.filter((file) => file.lines > 250)).toEqual([]);
    expect(lines[Math.floor(lines.length / 2)]?.lines).toBeLessThan(90);
  });

  it('has no function of more than 50 lines', () => {
    const long = sources.flatMap((path) =>
      functionLengths(text(path))
        .filter(({ lines, listsTests }) => lines > 50 && !(path.startsWith('test/') && listsTests))
        .map(({ name, line, lines }) => `${path}:${line} ${name}: ${lines}`),
    );
    expect(long).toEqual([]);
  });

  it('starts all servers of tests in test/listening.ts, which closes them', () => {
    const listeners = sources.filter((path) => path.startsWith('test/') && /\.listen\(0/.test(text(path)));
    expect(listeners).toEqual(['test/listening.ts']);
  });

  it('has no file with an empty name such as utils, helpers or common', () => {
    expect(
      product.filter((path) => /(^|[/-])(utils?|helpers?|common|manager|misc|data)\.(ts|mjs)$/.test(path)),
    ).toEqual([]);
  });

  it('has no any, no TODO, no enum and no spread of a literal, and only errors and constructs are classes', () => {
    const rules: [string, RegExp][] = [
      ['any', /:\s*any\s*[;,)=\]|]|<any>|\bas any\b/],
      ['TODO', /\b(TODO|FIXME|XXX)\b/],
      ['enum', /^\s*(export )?(const )?enum /m],
      ['a spread that only saves lines', /\.\.\.\{/],
      ['class', /^\s*(export )?class \w+ (?!extends (Error|Construct|TransferError|\w*Error)\b)/m],
    ];
    const found = rules.flatMap(([name, rule]) =>
      product.filter((path) => rule.test(text(path))).map((path) => `${path}: ${name}`),
    );
    expect(found).toEqual([]);
  });

  it('has no condition on the name of a provider', () => {
    const names = Object.keys(profiles).join('|');
    const branch = new RegExp(`provider\\w*\\s*===?\\s*'|===?\\s*'(${names})'`);
    expect(under('functions').filter((path) => branch.test(text(path)))).toEqual([]);
  });

  it('has no link in a Markdown page to a missing file', () => {
    const pages = tracked.filter((path) => path.endsWith('.md'));
    const links = pages.flatMap((page) =>
      [...text(page).matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, link = '']) => ({ page, link })),
    );
    const broken = links.filter(({ page, link }) => !existsSync(join(root, dirname(page), link)));
    expect(links.length).toBeGreaterThan(20);
    expect(broken).toEqual([]);
  });

  it('has no file that nothing uses', () => {
    const entries =
      /^(functions\/[^/]+\.ts|infra\/(app|partway)\.ts|tools\/(ends-with-its-parent|run|start|test)\.mjs|tools\/build\.ts|tools\/client\/browser\/client\.ts|examples\/[a-z-]+\/[a-z]+\.mjs|tools\/[a-z-]+\/(main|partway)\.(ts|mjs)|tools\/local\/(lambda\/bootstrap\.mjs|(on-demand|judge)\.ts)|[^/]+\.config\.ts)$/;
    const used = new Set(sources.flatMap(importsOf));
    // A bootstrap is started as a program and not imported. The code that starts it names its file.
    expect(product.filter((path) => !used.has(path) && !entries.test(path))).toEqual([]);
  });

  it('depends only on packages that something imports', () => {
    const { devDependencies, peerDependencies } = JSON.parse(text('package.json'));
    const configuration = [
      'package.json',
      'cdk.json',
      'biome.json',
      'vitest.config.ts',
      'tsconfig.json',
      'tools/test.mjs',
      'tools/build/lean-sdk.ts',
      'test/infra/machine.test.ts',
    ]
      .map(text)
      .join('\n')
      .replace(/"devDependencies": \{[^}]*\}/, '');
    const imported = new Set(
      sources.flatMap(importsOf).map((name) =>
        name
          .split('/')
          .slice(0, name.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
    );
    const tools = [
      'typescript',
      'partway-node',
      '@types/node',
      '@types/aws-lambda',
      '@biomejs/biome',
      'aws-cdk',
      'vitest',
    ];
    const names = [...Object.keys(devDependencies), ...Object.keys(peerDependencies)].filter(
      (name) => !tools.includes(name),
    );
    expect(names.filter((name) => !imported.has(name) && !configuration.includes(`'${name}'`))).toEqual([]);
  });
});
