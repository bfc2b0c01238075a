import { describe, expect, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Target } from '../../functions/adapters/s3/target.ts';
import { systemClock } from '../../functions/adapters/system-clock.ts';
import { checkEndpoint } from '../../functions/engine/calls/check-endpoint.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { servingInTest } from '../serving.ts';

const time = { clock: systemClock, deadlineMs: () => Date.now() + 29_000 };

/** A store behind a server that answers instead of it. */
async function storeBehind(status: number, contentType: string, body: string, headers: Record<string, string> = {}) {
  const { url } = await servingInTest((request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': contentType, ...headers });
    response.end(body);
  });
  const facts = { name: 'b', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['b'] };
  const client = s3Client(facts, profiles.aws, { accessKeyId: 'key', secretAccessKey: 'secret' });
  onTestFinished(() => client.destroy());
  return { facts, store: s3Target(client, profiles.aws) };
}

const target = { endpoint: 'b', bucket: 'b', key: 'k' };
const write = { target, headers: {}, metadata: {}, storageClass: undefined, onlyIfAbsent: false };
const page = '<html><head><title>502 Bad Gateway</title></head>\n<body><hr>nginx</body></html>';

it.each([
  [
    403,
    'text/plain',
    'Invalid Host header',
    'Refused',
    'Begin an upload of b:b/k: 403 not as S3 answers: Invalid Host header',
  ],
  [502, 'text/html', page, 'Unreachable', 'Begin an upload of b:b/k: 502 not as S3 answers: 502 Bad Gateway nginx'],
])(
  'An answer of %i in %s that is not from S3 is reported in its own words',
  async (status, type, body, name, message) => {
    const { store } = await storeBehind(status, type, body);
    await expect(store.beginUpload(write)).rejects.toMatchObject({ name, message });
  },
);

it('The check of an endpoint says that such an answer does not come from a store', async () => {
  const { facts, store } = await storeBehind(403, 'text/plain', 'Invalid Host header');
  const ports = { endpoint: async () => facts, store: async () => store, ...time };
  const { checks } = await checkEndpoint(ports)('b');
  expect(checks.at(-1)?.advice).toMatch(/^The answer did not come from the store/);
});

const xml = (code: string, more = '') => `<Error><Code>${code}</Code><Message>No.</Message>${more}</Error>`;
const told = { 'x-amz-bucket-region': 'eu-west-1' };
const inEurope = /the bucket is in the region eu-west-1/;

describe('A bucket of another region', () => {
  it.each([
    ['by a 301 without a body', 301, '', told, inEurope],
    ['by a 301 with a body', 301, xml('PermanentRedirect'), told, inEurope],
    [
      'by the refusal of a signature for the wrong region',
      400,
      xml('AuthorizationHeaderMalformed', '<Region>eu-west-1</Region>'),
      {},
      inEurope,
    ],
    [
      'by a code that does not name the region',
      400,
      xml('IllegalLocationConstraintException'),
      {},
      /which the store does not name/,
    ],
  ])('is recognised %s', async (_, status, body, headers, message) => {
    const { facts, store } = await storeBehind(status, 'application/xml', body, headers);
    const failure = { name: 'WrongRegion', message: expect.stringMatching(message) };
    await expect(store.inspect(target)).rejects.toMatchObject(failure);
    await expect(store.beginUpload(write)).rejects.toMatchObject(failure);
    const ports = { endpoint: async () => facts, store: async () => store, ...time };
    const { checks } = await checkEndpoint(ports)('b');
    expect(checks.at(-1)?.advice).toMatch(/^The region is wrong/);
  });

  it.each([
    ['a refusal that also names the region', 403, xml('AccessDenied'), told, 'Refused'],
    ['an expired token, in an answer that also names the region', 400, xml('ExpiredToken'), told, 'Expired'],
    ['damaged bytes, in an answer that also names the region', 400, xml('BadDigest'), told, 'Damaged'],
    ['a malformed access key', 400, xml('AuthorizationHeaderMalformed'), {}, 'Refused'],
    ['a redirect by another server', 301, 'Moved', { location: 'https://example.org/' }, 'InvalidRequest'],
  ])('is not the meaning of %s', async (_, status, body, headers, name) => {
    const { store } = await storeBehind(status, 'application/xml', body, headers);
    await expect(store.beginUpload(write)).rejects.toMatchObject({ name });
    await expect(store.inspect(target)).rejects.toMatchObject({ name });
  });
});
