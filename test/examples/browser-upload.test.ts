import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type CORSRule, DeleteBucketCorsCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiB } from '../../functions/transfer/values/sizes.ts';
import { sha256At } from '../e2e/objects.ts';
import { type StackProcess, startStackProcess, until } from '../e2e/stack-process.ts';
import { type Browser, startChromium, whyNoChromium } from './chromium.ts';
import { installedExamples } from './installed.ts';

const PART = 5 * MiB;
const PARTS = 14; // They have more than 64 MiB, which would go in one request.
const missing = await whyNoChromium();

// A browser is slow on a busy machine.
describe.skipIf(missing)('examples/browser-upload', { timeout: 180_000 }, () => {
  const content = randomBytes((PARTS - 1) * PART + 17);
  let folder: string;
  let server: ChildProcess;
  let origin: string;
  let stack: StackProcess;
  let browser: Browser;

  beforeAll(async () => {
    folder = await installedExamples();
    server = spawn(process.execPath, [join(folder, 'browser-upload/serve.mjs'), '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(server.stdout ?? server, 'data');
    origin = String(said).trim();
    stack = await startStackProcess(join(folder, 'home'), { allowOrigins: [origin] });
    browser = await startChromium();
    writeFileSync(join(folder, 'film.bin'), content);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
    server?.kill();
  });

  const said = () => browser.page.value<string>('document.querySelector("output").textContent');
  const parts = async () => {
    const answer = await fetch(`${stack.storeUrl('b')}/-/counters`);
    return ((await answer.json()) as { requests: Record<string, number> }).requests.UploadPart ?? 0;
  };
  async function obey(...CORSRules: CORSRule[]): Promise<void> {
    await stack.store('b').send(new DeleteBucketCorsCommand({ Bucket: 'data' }));
    if (CORSRules.length === 0) return;
    await stack.store('b').send(new PutBucketCorsCommand({ Bucket: 'data', CORSConfiguration: { CORSRules } }));
  }

  /** The rules that `partway endpoints cors` prints for this page. */
  async function printedRules(): Promise<CORSRule[]> {
    const words = ['tools/cli/main.ts', 'endpoints', 'cors', 'b', '--origin', origin, '--home', stack.home];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    return (JSON.parse(stdout) as { CORSRules: CORSRule[] }).CORSRules;
  }

  /** Types what a person would type, chooses the file, and asks for the upload. */
  async function submit(key: string): Promise<void> {
    const { apiUrl, region, accessKeyId, secretAccessKey } = JSON.parse(
      readFileSync(join(stack.home, 'stack.json'), 'utf8'),
    );
    const typed = {
      url: apiUrl,
      region,
      accessKeyId,
      secretAccessKey,
      endpoint: 'b',
      bucket: 'data',
      key,
      partMiB: PART / MiB,
    };
    await browser.page.value(`for (const [name, text] of Object.entries(${JSON.stringify(typed)})) {
      const field = document.querySelector('form').elements[name];
      field.value = text;
      field.dispatchEvent(new Event('input'));
    }`);
    await chooseAndSend();
  }
  async function chooseAndSend(): Promise<void> {
    await browser.page.choose('input[type=file]', join(folder, 'film.bin'));
    await browser.page.value('document.querySelector("form").requestSubmit()');
  }

  it('pushes a file directly to the store, and continues after a reload in the middle', async () => {
    await obey(...(await printedRules()));
    await browser.page.open(origin);
    await browser.page.slowDown(20 * MiB);
    await submit('film.bin');
    await until(async () => (await parts()) >= 2);
    await browser.page.reload();
    const { transfers } = await stack.api.list({ limit: 1 });
    expect(transfers[0]?.state).toBe('pushing');
    const before = (await stack.api.parts(transfers[0]!.transferId)).parts.length;
    expect(before).toBeLessThan(PARTS);
    await chooseAndSend();
    await expect.poll(said).toMatch(/^copied/);
    expect(await sha256At(stack.store('b'), 'data', 'film.bin')).toBe(
      createHash('sha256').update(content).digest('hex'),
    );
    // Parts in flight at the reload are sent twice. Recorded parts are not.
    expect(await parts()).toBeLessThanOrEqual(PARTS + 4);
    // The bucket "arrived" has no rules.
    const { checks } = await stack.api.checkEndpoint('b', { origin });
    expect(checks.filter(({ ok }) => !ok).map(({ place }) => place)).toEqual(['arrived', 'arrived']);
  });

  it.each<[string, CORSRule[]]>([
    ['has no CORS rules', []],
    ['does not show the ETag', [{ AllowedOrigins: ['*'], AllowedMethods: ['PUT'], AllowedHeaders: ['*'] }]],
    [
      'allows another page',
      [{ AllowedOrigins: ['https://other.example'], AllowedMethods: ['PUT'], AllowedHeaders: ['*'] }],
    ],
  ])('says CorsRefused, and what to do, if the bucket %s', async (name, rules) => {
    await obey(...rules);
    await browser.page.open(origin);
    await submit(`refused ${name}`);
    await expect.poll(said).toMatch(/^CorsRefused: .*127\.0\.0\.1.*\nWhat to do: .*`partway endpoints cors <endpoint>/);
  });
});
