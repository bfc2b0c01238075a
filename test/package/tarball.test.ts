import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { PACK_MS_MAX, packed, root, run } from './packed.ts';

let tarball: string;
let folder: string;
let files: string[];

beforeAll(async () => {
  tarball = await packed();
  const place = mkdtempSync(join(tmpdir(), 'partway-tarball-'));
  run('tar', ['xzf', tarball], { cwd: place });
  folder = join(place, 'package');
  const all = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  files = all.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}, PACK_MS_MAX);

const text = (file: string) => readFileSync(join(folder, file), 'utf8');
const bytes = (file: string) => statSync(join(folder, file)).size;
const scripts = () => files.filter((file) => /\.m?js$/.test(file));
const sum = (all: readonly number[]) => all.reduce((total, each) => total + each, 0);

describe('The tarball', () => {
  it('has the license, the notices, the changelog, and every page of the docs', () => {
    const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
    const wanted = ['LICENSE', 'README.md', 'CHANGELOG.md', 'THIRD_PARTY_NOTICES.txt', 'partway.example.json'];
    expect(pages).toContain('cli.md');
    expect(files).toEqual(expect.arrayContaining([...wanted, ...pages.map((page) => `docs/${page}`)]));
  });

  it('has the notices beside each bundle that is deployed by itself', () => {
    const bundles = files.filter((file) => /^dist\/functions\/[^/]+\/index\.mjs$/.test(file));
    expect(bundles).toHaveLength(12);
    const notices = bundles.map((file) => join(dirname(file), 'THIRD_PARTY_NOTICES.txt'));
    expect(notices.filter((file) => !files.includes(file))).toEqual([]);
  });

  it('has no sources, no tests, and nothing from the computer on which it was packed', () => {
    const isForeign = (file: string) => /^test\/|node_modules|\.test\.|(?<!\.d)\.m?ts$|made\.json$/.test(file);
    expect(files.filter(isForeign)).toEqual([]);
    const places = [root.replace(/\/$/, ''), homedir()].filter((place) => place.length > 3);
    const readable = files.filter((file) => !file.endsWith('.node'));
    expect(readable.filter((file) => places.some((place) => text(file).includes(place)))).toEqual([]);
  });

  // `npx` fetches all of it before the first command. Most of it is twelve Lambdas that are deployed one by one, each
  // with its own part of the AWS SDK (3.6 MiB), and LevelDB for every system (1.8 MiB). This was written at 6.3 MiB.
  it('is small', () => {
    expect(statSync(tarball).size).toBeLessThan(8 * MiB);
    expect(sum(files.map(bytes))).toBeLessThan(25 * MiB);
  });

  it('has programs that get node:http without `fetch`, which an ES import of it would load', () => {
    const programs = files.filter((file) => file.startsWith('dist/programs/') && file.endsWith('.mjs'));
    expect(programs.filter((file) => text(file).includes('process.getBuiltinModule("node:http")'))).not.toEqual([]);
    expect(programs.filter((file) => /(from|import\()\s*"(node:)?http"/.test(text(file)))).toEqual([]);
  });

  it('has source maps only for our own files', () => {
    const maps = files.filter((file) => file.endsWith('.map'));
    expect(maps).toHaveLength(12);
    expect(sum(maps.map(bytes))).toBeLessThan(3 * MiB);
    const sources = maps.flatMap((map) => JSON.parse(text(map)).sources as string[]);
    expect(sources.filter((source) => !source.startsWith('../../../functions/'))).toEqual([]);
  });

  it('names each package that is in a bundle, and its license allows that', () => {
    const notices = text('THIRD_PARTY_NOTICES.txt');
    for (const name of [
      'zod',
      '@aws-sdk/client-s3',
      'dynalite',
      'classic-level',
      'commander',
      'aws-local-stepfunctions',
    ])
      expect(notices).toContain(`\n${name} `);
    expect(notices).toContain('The LevelDB Authors');
    const licenses = [...notices.matchAll(/^\S+ \d\S* \((.+)\)$/gm)].map(([, license]) => license);
    expect(licenses.length).toBeGreaterThan(50);
    const allowed = ['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0'];
    expect(licenses.filter((license) => !allowed.includes(license ?? ''))).toEqual([]);
  });

  it('runs on Node 20: no bundle uses a newer function that it does not define itself', () => {
    const later =
      /\b(URL\.parse|Array\.fromAsync|(Object|Map)\.groupBy|Promise\.try|RegExp\.escape|import\.meta\.main)\b/;
    expect(scripts().length).toBeGreaterThan(20);
    expect(scripts().filter((file) => later.test(text(file)))).toEqual([]);
    // Each file that uses it also defines it.
    const resolvers = scripts().filter((file) => text(file).includes('Promise.withResolvers('));
    expect(resolvers.filter((file) => !text(file).includes('Promise.withResolvers??='))).toEqual([]);
  });

  it('needs no other package: it has no dependency, and only people who deploy need the CDK', () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(text('package.json'));
    expect(dependencies).toBeUndefined();
    for (const peer of Object.keys(peerDependencies)) expect(peerDependenciesMeta[peer]).toEqual({ optional: true });
  });

  it('has every file that its pages link to', () => {
    const links = files
      .filter((file) => file.endsWith('.md'))
      .flatMap((page) =>
        [...text(page).matchAll(/\]\((?![a-z]+:|#)([^)#\s]+)/g)].map(([, link = '']) => join(dirname(page), link)),
      );
    expect(links.length).toBeGreaterThan(20);
    const isThere = (link: string) => files.some((file) => file === link || file.startsWith(`${normalize(link)}/`));
    expect(links.filter((link) => !isThere(link))).toEqual([]);
  });
});
