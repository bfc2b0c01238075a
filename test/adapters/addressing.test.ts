import { GetObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, it } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { type ProviderName, profiles } from '../../functions/providers/profiles.ts';
import type { Endpoint } from '../../functions/transfer/endpoint.ts';
import { parseRequest } from '../../functions/transfer/request.ts';
import { connectedTo } from './connected.ts';

const endpointOf = (provider: string, url: string, bucket: string): Endpoint => ({
  name: provider,
  provider,
  url,
  region: 'us-east-1',
  secretArn: undefined,
  allow: [bucket, 'plain'],
});

type Sent = { readonly hostname: string; readonly path: string; readonly query: Readonly<Record<string, string>> };

/** The GET request that the SDK would send. It is caught before it leaves. */
async function sent(provider: ProviderName, url: string, bucket: string): Promise<Sent> {
  const keys = { accessKeyId: 'key', secretAccessKey: 'secret' };
  const client = s3Client(endpointOf(provider, url, bucket), profiles[provider], keys);
  let request: Sent | undefined;
  client.middlewareStack.add(
    () => async (args) => {
      request = args.request as Sent;
      throw new Error('caught');
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' })).catch(() => {});
  return request!;
}

/** Asks a stack to copy between this bucket and a plain bucket. Returns the refusal, or undefined. */
async function admitted(provider: string, url: string, bucket: string, as: 'source' | 'target'): Promise<unknown> {
  const here = endpointOf(provider, url, bucket);
  const there = endpointOf('aws', 'https://s3.example.org', 'plain');
  const { admit } = connectedTo(here, there);
  const [one, other] = [
    { endpoint: provider, bucket, key: 'k' },
    { endpoint: 'aws', bucket: 'plain', key: 'k' },
  ];
  const request = parseRequest(as === 'source' ? { source: one, target: other } : { source: other, target: one });
  return admit(request).catch((error: unknown) => error);
}

describe('The bucket of a request', () => {
  it('is in the host name, but the SDK silently moves it into the path if its name has a dot', async () => {
    expect(await sent('oss', 'https://oss.example.org', 'plain')).toMatchObject({ hostname: 'plain.oss.example.org' });
    const dotted = await sent('oss', 'https://oss.example.org', 'a.b');
    expect([dotted.hostname, dotted.path]).toEqual(['oss.example.org', '/a.b/k']);
    // Over http:// there is no certificate, so a bucket with dots may be in the host name.
    expect((await sent('obs', 'http://obs.example.org', 'one.two')).hostname).toBe('one.two.obs.example.org');
  });

  it('comes after the path of the endpoint’s URL', async () => {
    const { hostname, path } = await sent('r2', 'http://127.0.0.1:1/cdn-cgi/local/r2/s3', 'plain');
    expect([hostname, path]).toEqual(['127.0.0.1', '/cdn-cgi/local/r2/s3/plain/k']);
  });

  const only = ['oss', 'obs', 'ks3', 'cos', 'tos'] as const;
  it.each(
    (['source', 'target'] as const).flatMap((as) => [
      ...only.flatMap(
        (provider) =>
          [
            [as, provider, 'https://s.example.org', 'dotted.bucket', /"dotted\.bucket" cannot be there/],
            [as, provider, 'https://s.example.org', 'Capital', /"Capital" cannot be there/],
            [as, provider, 'https://10.1.2.3', 'plain', /10\.1\.2\.3 is an IP address/],
            [as, provider, 'http://[::1]:8080', 'plain', /is an IP address/],
          ] as const,
      ),
      [as, 'b2', 'http://s3.eu.example.org', 'plain', /HTTPS only/] as const,
    ]),
  )('of the %s at %s is refused by name before a byte moves (%s, %s)', async (as, provider, url, bucket, message) => {
    expect(await admitted(provider, url, bucket, as)).toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['oss', 'https://s.example.org', 'plain'],
    ['obs', 'http://obs.example.org', 'one.two'],
    ['ceph', 'http://10.1.2.3', 'dotted.bucket'],
    ['b2', 'https://s3.eu.example.org', 'dotted.bucket'],
  ])('at %s is accepted (%s, %s)', async (provider, url, bucket) => {
    expect(await admitted(provider, url, bucket, 'target')).toBeUndefined();
  });
});

describe('The name of the operation in the query', () => {
  it.each([
    ['gcs', false],
    ['aws', true],
  ] as const)('at %s goes with the request: %s', async (provider, isSent) => {
    const { query } = await sent(provider, 'https://s.example.org', 'plain');
    expect(query['x-id']).toBe(isSent ? 'GetObject' : undefined);
  });
});
