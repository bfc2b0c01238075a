import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { until } from '../e2e/stack-process.ts';
import { clientOf, freshStore } from '../store/running-store.ts';
import { installed, nodeFolder, PACK_MS_MAX, packed, pathWith, root } from './packed.ts';

// Each command starts Node at least four times, through npx. The long limit lets a busy computer pass.
vi.setConfig({ testTimeout: 300_000 });

/** The oldest Node that package.json allows. */
const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const OLDEST = `${String(engines.node).replace('>=', '')}.0`;

const folder = mkdtempSync(join(tmpdir(), 'partway-installed-'));
const work = join(folder, 'work');
const keys = { accessKeyId: 'theirs', secretAccessKey: 'very-secret' };
const one = randomBytes(12 * MiB);
const two = randomBytes(MiB);
let env: NodeJS.ProcessEnv;
let client: ReturnType<typeof clientOf>;

/** Runs a command in a folder that has nothing of this project except the package. */
function partway(words: string, cwd = work) {
  const child = spawn('npx', ['partway', ...words.split(' ')], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, said] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
    said += chunk;
  });
  child.stderr.on('data', (chunk) => (said += chunk));
  return { child, said: () => said, ended: once(child, 'close').then(([code]) => ({ code, out, said })) };
}

/** Processes that run a file of the installed package. */
const running = () =>
  execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(`${folder}/`))
    .map((line) => line.trim());
const stacks = () => running().filter((line) => line.includes('on-demand'));

const bytesAt = async (Key: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: 'backups', Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
};

beforeAll(async () => {
  const node = nodeFolder(OLDEST);
  const { TMPDIR } = process.env;
  env = { PATH: pathWith(node), HOME: join(folder, 'home'), ...(TMPDIR ? { TMPDIR } : {}) };
  expect(installed(work, await packed(), { env: { ...env, HOME: process.env.HOME } })).toEqual(['partway']);
  const store = await freshStore({ ...keys, buckets: ['backups'], partBytesMin: 5 * MiB });
  client = clientOf(store.url, { credentials: keys });
  const theirs = { provider: 'ceph', url: store.url, region: 'us-east-1', ...keys, allow: ['backups'] };
  const settings = join(folder, 'home/.config/partway');
  mkdirSync(settings, { recursive: true });
  writeFileSync(join(settings, 'settings.json'), JSON.stringify({ endpoints: { theirs } }));
  writeFileSync(join(work, 'one.img'), one);
  writeFileSync(join(work, 'two.img'), two);
}, PACK_MS_MAX);
// These processes end by themselves. After a failed test we end them here.
afterAll(() => {
  for (const line of running()) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
});

describe(`The package in an empty folder, on Node ${OLDEST}`, () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(await partway('--version').ended).toMatchObject({ code: 0, out: `${version}\n` });
  });

  it('copies two files at once without any preparation: both commands share a stack, and the bytes are the same', async () => {
    expect(running()).toEqual([]);
    const both = [
      partway('copy ./one.img theirs:backups/ --part-size 5MiB --multipart-threshold 5MiB'),
      partway('copy ./two.img theirs:backups/ --json'),
    ] as const;
    const [first, second] = await Promise.all(both.map(({ ended }) => ended));
    expect(first).toMatchObject({ code: 0, said: expect.stringContaining('Copied client:one.img') });
    expect(second).toMatchObject({ code: 0 });
    expect(stacks()).toHaveLength(1);
    expect((await bytesAt('one.img')).equals(one)).toBe(true);
    expect((await bytesAt('two.img')).equals(two)).toBe(true);
    const documents = second!.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(documents.at(-1)).toMatchObject({ event: 'ended', state: 'copied', target: 'theirs:backups/two.img' });
  });

  it('copies between the stores, lists transfers, describes one and checks an endpoint', async () => {
    expect((await partway('copy theirs:backups/two.img b:data/').ended).code).toBe(0);
    const { out } = await partway('list --json').ended;
    const { transfers } = JSON.parse(out);
    expect(transfers).toHaveLength(3);
    expect((await partway(`status ${transfers[0].transferId}`).ended).out).toContain('b:data/two.img');
    expect((await partway('endpoints check theirs').ended).code).toBe(0);
  });

  it('leaves no running process', async () => {
    expect((await partway('list').ended).code).toBe(0);
    expect(stacks()).toHaveLength(1);
    await until(async () => running().length === 0);
  });

  it('keeps a stack running with `partway serve` until somebody stops it', async () => {
    const serve = partway('serve');
    await until(async () => serve.said().includes('Ctrl-C stops'));
    expect((await partway('list').ended).out).toContain('b:data/two.img');
    expect(stacks()).toEqual([]);
    const [pid] =
      running()
        .find((line) => line.includes('/.bin/partway'))
        ?.split(' ') ?? [];
    process.kill(Number(pid), 'SIGINT');
    expect(await serve.ended).toMatchObject({ code: 0 });
    await until(async () => running().length === 0);
  });

  it('refuses settings that make no sense with the name of the field, and starts nothing', async () => {
    const elsewhere = join(folder, 'work/elsewhere');
    mkdirSync(join(elsewhere, '.partway'), { recursive: true });
    writeFileSync(join(elsewhere, '.partway/settings.json'), '{ "endpoints": { "theirs": { "provider": "cephh" } } }');
    const { code, said } = await partway('copy ../one.img theirs:backups/', elsewhere).ended;
    expect(code).toBe(2);
    expect(said).toMatch(/^SettingsInvalid: .*settings\.json.*endpoints\.theirs\.provider/);
    expect(running()).toEqual([]);
  });
});

/** A version newer than the oldest, and the version that this project uses. */
describe.each([['22'], [process.versions.node]])('On Node %s', (version) => {
  it('the package copies a file', async () => {
    const other = nodeFolder(version);
    env = { ...env, PATH: pathWith(other) };
    expect(execFileSync('node', ['-v'], { env, encoding: 'utf8' })).toContain(`v${version}`);
    expect(await partway(`copy ./two.img theirs:backups/on-${version}`).ended).toMatchObject({ code: 0 });
    expect((await bytesAt(`on-${version}`)).equals(two)).toBe(true);
    await until(async () => running().length === 0);
  });
});
