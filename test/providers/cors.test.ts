import { type CORSRule, PutBucketCorsCommand } from '@aws-sdk/client-s3';
import { describe, expect, inject, it } from 'vitest';
import { asPage } from '../../functions/adapters/page-requests.ts';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { checkPage } from '../../functions/engine/calls/check-page.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { pageRules } from '../../tools/cli/text/page-rules.ts';
import { ensureBucket } from '../e2e/objects.ts';

// test/servers/swift-s3api.sh allows this page at Swift.
const PAGE = 'https://page.example';
const servers = inject('realServers').servers.filter(({ name }) => name !== 'r2');

describe.each(servers)('The real $name', ({ name, url, region, ...keys }) => {
  const provider = name as 'ceph' | 'swift';
  const profile = profiles[provider];
  const facts = { name: 'e', provider, url, region, allow: ['pages'] };
  const client = s3Client({ ...facts, secretArn: undefined }, profile, keys);

  /** Whether pages of the origin may push, according to the check. */
  async function check(origin: string): Promise<boolean[]> {
    const ports = {
      endpoint: async () => facts,
      store: async () => s3Target(client, profile),
      signer: async () => s3Signer(client, profile),
      asPage,
      clock: systemClock,
      deadlineMs: () => Date.now() + 29_000,
    };
    const { checks } = await checkEndpoint(ports)('e', checkPage(ports, origin));
    return checks.filter(({ call }) => call.endsWith(origin)).map(({ ok }) => ok);
  }

  it('allows the pages in the rules of its profile to push, and no others', async () => {
    await ensureBucket(client, 'pages');
    const { rules } = pageRules(facts, PAGE);
    if (rules !== undefined) {
      expect(await check(PAGE)).toEqual([false, false]);
      const CORSConfiguration = JSON.parse(rules) as { CORSRules: CORSRule[] };
      await client.send(new PutBucketCorsCommand({ Bucket: 'pages', CORSConfiguration }));
    }
    expect(await check(PAGE)).toEqual([true, true]);
    expect(await check('https://other.example')).toEqual([false, false]);
  });
});
