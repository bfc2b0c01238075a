import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { s3Client } from '../../functions/adapters/s3/client.ts';
import { s3Source } from '../../functions/adapters/s3/source.ts';
import type { SourceStore } from '../../functions/engine/ports/ports.ts';
import { profiles } from '../../functions/providers/profiles.ts';
import { servingInTest } from '../serving.ts';

type Asked = { readonly method: string; readonly headers: IncomingHttpHeaders };
type Said = { readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string | Buffer };

async function objectAt(answer: (asked: Asked) => Said, versionId?: string): Promise<SourceStore> {
  const { url } = await servingInTest(({ method = '', headers }, response) => {
    const said = answer({ method, headers });
    response.writeHead(said.status, said.headers).end(method === 'HEAD' ? undefined : said.body);
  });
  const facts = { name: 'b', provider: 'aws', url, region: 'us-east-1', secretArn: undefined, allow: ['b'] };
  const client = s3Client(facts, profiles.aws, { accessKeyId: 'key', secretAccessKey: 'secret' });
  onTestFinished(() => client.destroy());
  return s3Source(client, { endpoint: 'b', bucket: 'b', key: 'k', versionId }, { verify: true, profile: profiles.aws });
}

const xml = (code: string, more = '') => `<Error><Code>${code}</Code><Message>No.</Message>${more}</Error>`;

describe('A store that answers oddly', () => {
  it('is asked for the stored bytes if it unpacks what it keeps as gzip, as Google and R2 do', async () => {
    const packed = gzipSync('0123456789'.repeat(100));
    const etag = { etag: '"v1"' };
    const signed: string[] = [];
    const source = await objectAt(({ method, headers }) => {
      signed.push(headers.authorization ?? '');
      if (headers['accept-encoding'] !== 'gzip')
        return { status: 200, headers: { ...etag, 'transfer-encoding': 'chunked' }, body: 'unpacked' };
      const head = { ...etag, 'content-encoding': 'gzip', 'content-length': packed.length };
      if (method === 'HEAD') return { status: 200, headers: head };
      const range = { 'content-range': `bytes 0-${packed.length - 1}/${packed.length}` };
      return { status: 206, headers: { ...head, ...range }, body: packed };
    });
    const facts = await source.inspect();
    expect(facts).toMatchObject({ bytes: packed.length, headers: { contentEncoding: 'gzip' } });
    const body = await source.read({ first: 0, last: packed.length - 1 }, facts!, new AbortController().signal);
    expect(await buffer(body)).toEqual(packed);
    // Google's servers change this header on its way, so it must not be signed.
    expect(signed.filter((authorization) => authorization.includes('accept-encoding'))).toEqual([]);
  });

  it('is refused by the name of the header if it never tells a length', async () => {
    const chunked = { etag: '"v1"', 'transfer-encoding': 'chunked' };
    const source = await objectAt(() => ({ status: 200, headers: chunked, body: 'unpacked' }));
    await expect(source.inspect()).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('no Content-Length'),
    });
  });

  it.each([301, 302, 307, 308])(
    'that redirects with %i is named with the place, not with credentials',
    async (status) => {
      const source = await objectAt(() => ({
        status,
        headers: { location: 'https://other.example/b/k?token=secret' },
      }));
      await expect(source.inspect()).rejects.toMatchObject({
        name: 'InvalidRequest',
        message: expect.stringMatching(
          /^(?!.*secret).*redirects to https:\/\/other\.example\/b\/k: write that into the endp/,
        ),
      });
    },
  );

  it('may redirect for a while because its bucket is new: then it is asked again', async () => {
    const body = xml('TemporaryRedirect', '<Endpoint>b.s3-eu-west-1.amazonaws.com</Endpoint>');
    const source = await objectAt(() => ({ status: 307, headers: { 'content-type': 'application/xml' }, body }));
    await expect(source.inspect()).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.stringContaining('b.s3-eu-west-1.amazonaws.com'),
    });
  });

  it.each([301, 302, 307, 308])('that redirects with %i and does not say where, says so', async (status) => {
    const source = await objectAt(() => ({ status }));
    await expect(source.inspect()).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringMatching(/it redirects, and does not say where: look at the endpoint's URL and region/),
    });
  });

  it('has no object if the newest version is a delete marker, and the words say how to copy an older one', async () => {
    const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': 'v9' };
    const source = await objectAt(() => ({ status: 404, headers, body: xml('NoSuchKey') }));
    await expect(source.inspect()).rejects.toMatchObject({
      name: 'SourceMissing',
      message: expect.stringMatching(/^b:b\/k was deleted: .*delete marker.*`source.versionId`/),
    });
  });

  it('may tell the delete marker of a version only to GET', async () => {
    const source = await objectAt(
      ({ method }) => ({
        status: 405,
        headers: method === 'GET' ? { 'x-amz-delete-marker': 'true' } : {},
        body: xml('MethodNotAllowed'),
      }),
      'v7',
    );
    await expect(source.inspect()).rejects.toMatchObject({ name: 'SourceMissing' });
  });

  it('has no object where a version is a delete marker, and the words say so', async () => {
    const headers = { 'x-amz-delete-marker': 'true', allow: 'DELETE' };
    const source = await objectAt(() => ({ status: 405, headers, body: xml('MethodNotAllowed') }), 'v7');
    await expect(source.inspect()).rejects.toMatchObject({
      name: 'SourceMissing',
      message: expect.stringMatching(/^Version v7 of b:b\/k is a delete marker/),
    });
  });

  it('that knows no HEAD is not blamed on the credentials', async () => {
    const source = await objectAt(({ method }) => ({
      status: 405,
      body: method === 'HEAD' ? '' : xml('MethodNotAllowed'),
    }));
    await expect(source.inspect()).rejects.toMatchObject({ name: 'InvalidRequest' });
  });
});
