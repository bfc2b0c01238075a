import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../programs/programs.ts';
import { type BuildName, madeOf } from './keys.ts';

export const NOTICES = 'THIRD_PARTY_NOTICES.txt';

const intro = `This JavaScript contains other packages, whole or in part. They are listed here with their licenses.
`;

/** For those who name the license and leave out its text, which asks to be repeated: https://spdx.org/licenses/MIT.html */
const mit = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;

type Package = { readonly name: string; readonly version: string; readonly license: string; readonly text: string };

/** Writes the licenses of all packages that are in these builds. Throws for one that has no license. */
export function writeNotices(names: readonly BuildName[]): void {
  const folders = new Set(names.flatMap((name) => madeOf(name)?.packages ?? []));
  writeFileSync(join(root, NOTICES), noticesOf([...folders].sort()));
}

/** The licenses of the packages in these folders. Throws for one that has no license. */
export function noticesOf(folders: readonly string[]): string {
  // Many packages of one author have the same text.
  const byText = new Map<string, Package[]>();
  for (const each of folders.map(packageIn)) byText.set(each.text, [...(byText.get(each.text) ?? []), each]);
  const blocks = [...byText].map(([text, packages]) => {
    const lines = packages.map(({ name, version, license }) => `${name} ${version} (${license})`);
    return `${[...new Set(lines)].join('\n')}\n\n${text}\n`;
  });
  return [intro, ...blocks].join(`\n${'-'.repeat(80)}\n\n`);
}

function packageIn(folder: string): Package {
  const { name, version, author, ...facts } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  // Old packages have an object here.
  const license = facts.license?.type ?? facts.license;
  if (typeof license !== 'string') throw new Error(`${folder} names no license.`);
  const texts = licenseFiles(join(root, folder)).map((path) => readFileSync(path, 'utf8').trim());
  const owner = typeof author === 'object' ? author?.name : author;
  const copyright = `Copyright ${owner ?? `the authors of ${name}`}. License: ${license}`;
  const given = license === 'MIT' ? `${copyright}\n\n${mit}` : copyright;
  const text = texts.length > 0 ? texts.join('\n\n') : given;
  return { name, version, license, text };
}

/** Its own, and those of what it has copied: classic-level has LevelDB and Snappy in its binaries. */
function licenseFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return files
    .filter(({ name }) => /^(licen[cs]e|copying|notice)(\.(md|txt|mit|bsd))?$/i.test(name))
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => !path.slice(folder.length).includes('node_modules'))
    .sort();
}
