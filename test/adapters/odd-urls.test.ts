import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { urlSource } from '../../functions/adapters/url-source.ts';
import type { SourceStore } from '../../functions/engine/ports/ports.ts';
import { servingInTest } from '../serving.ts';

const content = Buffer.from('0123456789'.repeat(100));
const signal = new AbortController().signal;
type Said = { readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: Buffer };

async function sourceThat(answer: (headers: IncomingHttpHeaders) => Said): Promise<SourceStore> {
  const { url } = await servingInTest((request, response) => {
    const { status, headers = {}, body } = answer(request.headers);
    response.writeHead(status, { etag: '"v1"', ...headers }).end(body);
  });
  return urlSource(`${url}/file`, { allowHttp: true, allowPrivateAddresses: true }, { verify: true });
}

/** The range of these bytes that the request asks for. `total`: how Content-Range names the length. */
function ranged(
  { range = '' }: IncomingHttpHeaders,
  bytes = content,
  total = String(bytes.length),
  unit = 'bytes ',
): Said {
  const [first = 0, last = 0] = range.match(/\d+/g)?.map(Number) ?? [];
  return {
    status: 206,
    headers: { 'content-range': `${unit}${first}-${last}/${total}` },
    body: bytes.subarray(first, last + 1),
  };
}

async function firstTen(source: SourceStore): Promise<string> {
  const facts = await source.inspect();
  return (await buffer(await source.read({ first: 0, last: 9 }, facts!, signal))).toString();
}

describe('A server that answers oddly', () => {
  it.each(['200 and no bytes', '416 and no Content-Range'])(
    'may have an empty file that it answers with %s',
    async (how) => {
      const empty = { status: 200, headers: { 'content-length': '0', 'content-type': 'text/csv' } };
      const source = await sourceThat(({ range }) =>
        range === undefined || how.startsWith('200') ? empty : { status: 416 },
      );
      const facts = await source.inspect();
      expect(facts).toMatchObject({ bytes: 0, etag: 'v1', headers: { contentType: 'text/csv' } });
      expect(await buffer(await source.read({ first: 0, last: -1 }, facts!, signal))).toHaveLength(0);
    },
  );

  it('may refuse its own ETag in If-Match: then the ETag of the answer is compared', async () => {
    let asked = 0;
    let etag = '"v1"';
    const source = await sourceThat((headers) => {
      if (headers['if-match'] !== undefined) asked += 1;
      return headers['if-match'] === undefined
        ? { ...ranged(headers), headers: { ...ranged(headers).headers, etag } }
        : { status: 412 };
    });
    expect(await firstTen(source)).toBe('0123456789');
    const facts = await source.inspect();
    await source.read({ first: 0, last: 9 }, facts!, signal).then((body) => body.destroy());
    expect(asked).toBe(1);
    etag = '"v2"';
    await expect(source.read({ first: 0, last: 9 }, facts!, signal)).rejects.toMatchObject({ name: 'SourceChanged' });
  });

  it.each([
    ['*', 'bytes '],
    ['1000', 'bytes='],
    ['1000', 'Bytes '],
  ])('may write the total %s and the unit "%s" into Content-Range', async (total, unit) => {
    const source = await sourceThat((headers) =>
      headers.range === undefined
        ? { status: 200, headers: { 'content-length': '1000' }, body: content }
        : ranged(headers, content, total, unit),
    );
    expect(await source.inspect()).toMatchObject({ bytes: 1000 });
    expect(await firstTen(source)).toBe('0123456789');
  });

  it('is named with its header if nobody can read its length', async () => {
    const source = await sourceThat((headers) =>
      headers.range === undefined
        ? { status: 200, headers: { 'transfer-encoding': 'chunked' }, body: content }
        : ranged(headers, content, '*'),
    );
    await expect(source.inspect()).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringMatching(/Content-Range "bytes 0-0\/\*".*no Content-Length/),
    });
  });

  it.each([undefined, 'chars 0-9'])('has not changed its file when it answers with Content-Range %s', async (range) => {
    const source = await sourceThat(() => ({
      status: 206,
      headers: range === undefined ? {} : { 'content-range': range },
    }));
    const pin = { bytes: 1000, etag: 'v1', headers: {}, metadata: {} };
    await expect(source.read({ first: 0, last: 9 }, pin, signal)).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining(range ?? 'no Content-Range'),
    });
  });

  it('is asked for the stored bytes if it unpacks what it keeps as gzip', async () => {
    const packed = gzipSync(content);
    const source = await sourceThat((headers) => {
      if (!headers['accept-encoding']?.includes('gzip'))
        return { status: 200, headers: { 'transfer-encoding': 'chunked' }, body: content };
      const { headers: range, ...said } = ranged(headers, packed);
      return { ...said, headers: { ...range, 'content-encoding': 'gzip' } };
    });
    const facts = await source.inspect();
    expect(facts).toMatchObject({ bytes: packed.length, headers: { contentEncoding: 'gzip' } });
    const whole = { first: 0, last: packed.length - 1 };
    expect(await buffer(await source.read(whole, facts!, signal))).toEqual(packed);
  });

  it('limits connections if it answers 403 beside parts that it sends, and refuses if it sends none', async () => {
    let refuses = true;
    const source = await sourceThat((headers) => (refuses ? { status: 403 } : ranged(headers)));
    const read = () =>
      source.read({ first: 0, last: 9 }, { bytes: 1000, etag: 'v1', headers: {}, metadata: {} }, signal);
    await expect(read()).rejects.toMatchObject({ name: 'Refused' });
    refuses = false;
    (await read()).destroy();
    refuses = true;
    await expect(read()).rejects.toMatchObject({ name: 'Throttled', message: expect.stringContaining('connections') });
  });

  it('may limit connections if it answers 403 while another request waits; the last of them knows', async () => {
    const held: (() => void)[] = [];
    const { url } = await servingInTest((_request, response) => {
      const refuse = () => void response.writeHead(403).end();
      if (held.length === 0) held.push(refuse);
      else refuse();
    });
    const source = urlSource(`${url}/file`, { allowHttp: true, allowPrivateAddresses: true }, { verify: true });
    const read = () =>
      source.read({ first: 0, last: 9 }, { bytes: 1000, etag: 'v1', headers: {}, metadata: {} }, signal);
    const first = read().catch((error) => error);
    await expect.poll(() => held.length).toBe(1);
    await expect(read()).rejects.toMatchObject({ name: 'Throttled', message: expect.stringContaining('while other') });
    held[0]!();
    expect(await first).toMatchObject({ name: 'Refused' });
  });
});
