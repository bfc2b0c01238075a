import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CORSRule, DeleteBucketCorsCommand, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asPage } from '../../functions/adapters/page-requests.ts';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { checkPage } from '../../functions/engine/calls/check-page.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { pageRules } from '../../tools/cli/text/page-rules.ts';
import { startLocalServer } from '../../tools/local/door/server.ts';
import { type RunningStore, startStore } from '../../tools/store/server.ts';

const PAGE = 'https://page.example';
const time = { clock: systemClock, deadlineMs: () => Date.now() + 29_000 };
const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
const facts = { name: 'e', provider: 'aws', url: '', region: 'us-east-1', allow: ['data'] };
let server: RunningStore;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), 'partway-check-page-'));
  server = await startStore({ directory, port: 0, ...keys, region: 'us-east-1', buckets: ['data'] });
});
afterAll(() => server.close());

/** The result of a check for pages if the bucket has these rules. */
async function checkedWith(rules: readonly CORSRule[], url = server.url) {
  const client = s3Client({ ...facts, url: server.url, secretArn: undefined }, profiles.aws, keys);
  const other = s3Client({ ...facts, url, secretArn: undefined }, profiles.aws, keys);
  const at = { Bucket: 'data' };
  await client.send(new DeleteBucketCorsCommand(at));
  if (rules.length > 0)
    await client.send(new PutBucketCorsCommand({ ...at, CORSConfiguration: { CORSRules: [...rules] } }));
  const ports = {
    endpoint: async () => facts,
    store: async () => s3Target(client, profiles.aws),
    signer: async () => s3Signer(other, profiles.aws),
    asPage,
    ...time,
  };
  const { checks } = await checkEndpoint(ports)('e', checkPage(ports, PAGE));
  expect(checks.filter(({ call, ok }) => !ok && !call.endsWith(PAGE))).toEqual([]);
  return checks.filter(({ call }) => call.endsWith(PAGE));
}

const rule = { AllowedOrigins: [PAGE], AllowedMethods: ['PUT'], AllowedHeaders: ['*'], ExposeHeaders: ['ETag'] };

describe('A check for the pages of an origin', () => {
  it('finds nothing wrong with the rules that `partway endpoints cors` prints', async () => {
    const printed = JSON.parse(pageRules({ ...facts, url: server.url }, PAGE).rules ?? '') as { CORSRules: CORSRule[] };
    const checks = await checkedWith(printed.CORSRules);
    expect(checks.map(({ call, ok }) => [call, ok])).toEqual([
      [`preflight from ${PAGE}`, true],
      [`UploadPart from ${PAGE}`, true],
    ]);
  });

  it.each<[string, CORSRule[], RegExp]>([
    ['no rules', [], /answered 403 to the preflight/],
    ['another origin', [{ ...rule, AllowedOrigins: ['https://other.example'] }], /answered 403 to the preflight/],
    ['another method', [{ ...rule, AllowedMethods: ['GET'] }], /answered 403 to the preflight/],
    ['a header too few', [{ ...rule, AllowedHeaders: ['content-type'] }], /answered 403 to the preflight/],
    ['a hidden ETag', [{ ...rule, ExposeHeaders: [] }], /does not show pages of https:\/\/page.example its ETag/],
  ])('says what is wrong, and what to do, if there is %s', async (_what, rules, failure) => {
    const failed = (await checkedWith(rules)).filter(({ ok }) => !ok);
    expect(failed[0]).toMatchObject({
      failure: expect.stringMatching(failure),
      advice: expect.stringContaining('`partway endpoints cors`'),
    });
  });

  it('says if nothing answers at the address for clients, and shows no signed URL', async () => {
    const closed = await startLocalServer(() => {});
    await closed.close();
    const [preflight] = await checkedWith([rule], closed.url);
    expect(preflight).toMatchObject({
      failure: `Unreachable: OPTIONS to ${closed.host} got no answer.`,
      advice: expect.stringContaining('No program listens'),
    });
  });
});
