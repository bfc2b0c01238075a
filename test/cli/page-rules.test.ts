import { describe, expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Signer } from '../../functions/adapters/s3/presign.ts';
import { type ProviderName, profiles } from '../../functions/providers/profiles.ts';
import { pushedHeaders } from '../../functions/transfer/values/cors-rules.ts';
import { pageRules } from '../../tools/cli/text/page-rules.ts';
import { parseCorsRules } from '../../tools/store/protocol/cors-rules.ts';

const PAGE = 'https://app.example.com';
const endpointOf = (provider: string, more: object = {}) => ({
  name: 'e',
  provider,
  url: 'https://store.example',
  region: 'r',
  allow: { write: ['films/raw/', 'films', 'logs'] },
  ...more,
});
const rulesOf = (provider: string) => pageRules(endpointOf(provider), PAGE).rules ?? '';

describe('The rules that a bucket needs for pages', () => {
  it('are AWS’s PutBucketCors, with a command for each bucket that may be written to', () => {
    const { rules = '', how } = pageRules(endpointOf('ceph'), PAGE);
    expect(JSON.parse(rules)).toEqual({
      CORSRules: [
        {
          AllowedOrigins: [PAGE],
          AllowedMethods: ['PUT'],
          AllowedHeaders: ['*'],
          ExposeHeaders: ['ETag'],
          MaxAgeSeconds: 3600,
        },
      ],
    });
    const command = 'aws s3api put-bucket-cors --endpoint-url https://store.example --bucket';
    expect(how).toEqual(
      ['films', 'logs'].map((bucket) => `${command} ${bucket} --cors-configuration file://cors.json`),
    );
  });

  it('are sent to the address that clients know, and at AWS to the region', () => {
    const at = (more: object) => pageRules(endpointOf('aws', more), PAGE).how[0];
    expect(at({ publicUrl: 'https://public.example' })).toContain('--endpoint-url https://public.example ');
    expect(at({ url: undefined })).toContain('s3api put-bucket-cors --region r --bucket films');
  });

  it('name each header if the store does not accept a star', () => {
    expect(JSON.parse(rulesOf('r2')).CORSRules[0].AllowedHeaders).toEqual([...pushedHeaders]);
    expect(JSON.parse(rulesOf('gcs'))).toEqual([
      { origin: [PAGE], method: ['PUT'], responseHeader: [...pushedHeaders, 'ETag'], maxAgeSeconds: 3600 },
    ]);
  });

  it('are XML if the store takes no JSON, and have the store’s own JSON form if it has one', () => {
    expect(parseCorsRules(rulesOf('oss'))).toEqual([
      { origins: [PAGE], methods: ['PUT'], headers: ['*'], exposed: ['ETag'], maxAgeSeconds: '3600' },
    ]);
    expect(JSON.parse(rulesOf('qingstor')).cors_rules[0]).toMatchObject({
      allowed_origin: PAGE,
      expose_headers: ['ETag'],
    });
  });

  it('are replaced by another step if the store has no rules for buckets', () => {
    const { rules, how } = pageRules(endpointOf('swift'), PAGE);
    expect([rules, how]).toEqual([undefined, [expect.stringContaining(`cors_preflight_allow_origin = ${PAGE}`)]]);
  });

  it.each(Object.keys(profiles) as ProviderName[])('have no unfilled placeholder at %s', (provider) => {
    expect(pageRules(endpointOf(provider), PAGE).how.join()).not.toMatch(/<(?!alias)/);
  });

  it('name all signed headers except those of a person’s own metadata', async () => {
    const keys = { accessKeyId: 'a', secretAccessKey: 'b' };
    const facts = { ...endpointOf('aws'), secretArn: undefined };
    const signer = s3Signer(s3Client(facts, profiles.aws, keys), profiles.aws);
    const target = { endpoint: 'e', bucket: 'films', key: 'x' };
    const ours = { 'partway-transfer': 't', 'partway-source': 's', 'partway-source-etag': 'e' };
    const headers = {
      contentType: 'a',
      cacheControl: 'b',
      contentDisposition: 'c',
      contentEncoding: 'd',
      contentLanguage: 'e',
      expires: 'Wed, 21 Oct 2015 07:28:00 GMT',
    };
    const { headers: signed } = await signer.object(
      {
        target,
        headers,
        metadata: ours,
        storageClass: 'STANDARD',
        tags: { a: 'b' },
        acl: 'private',
        encryption: { type: 'aws:kms', keyId: 'k' },
        onlyIfAbsent: true,
      },
      1,
      { crc32: 7, md5: '0'.repeat(32) },
    );
    const names: readonly string[] = pushedHeaders;
    expect(Object.keys(signed).filter((name) => !names.includes(name.toLowerCase()))).toEqual([]);
    expect(Object.keys(signed).length).toBeGreaterThan(10);
  });
});
