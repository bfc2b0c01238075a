import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { keyOf, MADE } from '../../tools/build/keys.ts';
import { isCopied } from '../../tools/local/built-stack.ts';

const parts = ['functions', 'stack'] as const;

/** A project with all files of which the keys of both builds are made, and with both builds. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), 'partway-built-'));
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  for (const path of ['package-lock.json', 'tsconfig.json', 'cdk.json', 'tools/build.ts', 'tools/build/functions.ts'])
    write(path, '');
  for (const path of ['functions/plan.ts', 'infra/app.ts', 'tools/settings/embedded.ts', 'tools/local/judge.ts'])
    write(path, '');
  for (const path of ['tools/local/machine/check.ts', 'tools/local/template/template.ts']) write(path, '');
  for (const name of parts) write(`dist/${name}/${MADE}`, JSON.stringify({ key: keyOf(name, folder), packages: [] }));
  return folder;
}

it('A copy of the built stack is accepted if it is made of the present sources, and not after they changed', () => {
  const folder = project();
  const copy = join(folder, 'copy');
  expect(isCopied(copy, folder)).toBe(true);
  writeFileSync(join(folder, 'infra/app.ts'), 'changed');
  expect(isCopied(copy, folder)).toBe(false);
});

it('A copy of the built stack is made again only after the sources have changed', () => {
  const folder = project();
  const copy = join(folder, 'copy');
  const ours = join(copy, 'functions/ours');
  isCopied(copy, folder);
  writeFileSync(ours, '');
  expect([isCopied(copy, folder), existsSync(ours)]).toEqual([true, true]);
  writeFileSync(join(folder, 'infra/app.ts'), 'changed');
  writeFileSync(join(folder, `dist/stack/${MADE}`), JSON.stringify({ key: keyOf('stack', folder), packages: [] }));
  expect([isCopied(copy, folder), existsSync(ours)]).toEqual([true, false]);
});

it('A copy of the built stack is accepted only if all its files are of one build, while another process builds', async () => {
  const folder = project();
  const program = fileURLToPath(new URL('./fixture/build-changer.ts', import.meta.url));
  const changer = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void changer.kill('SIGKILL'));
  await once(changer.stdout, 'data');
  const copy = join(folder, 'copy');
  const filesIn = (part: string) => readdirSync(join(copy, part)).map((name) => join(copy, part, name));
  for (let accepted = 0; accepted < 10; ) {
    if (!isCopied(copy, folder)) continue;
    const changes = parts.flatMap(filesIn).filter((path) => !path.endsWith(MADE));
    expect(new Set(changes.map((path) => readFileSync(path, 'utf8'))).size).toBe(1);
    accepted += 1;
  }
});
