import { randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { isPublicAddress, type Network } from '../../functions/adapters/http/public-addresses.ts';
import { urlSource } from '../../functions/adapters/url-source.ts';
import { generationOf } from '../../functions/transfer/transfer.ts';
import { servingInTest } from '../serving.ts';

const inside = { allowHttp: true, allowPrivateAddresses: true };
const signal = new AbortController().signal;
const content = randomBytes(1000);

async function serve(listener: RequestListener): Promise<string> {
  const { url } = await servingInTest(listener);
  return `${url}/file?token=secret-token`;
}

/** A server that supports ranges and ETags, as most do. */
function file(etag: () => string, bytes = content): RequestListener {
  return (request, response) => {
    const [, first = 0, last = 0] = (/bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '') ?? []).map(Number);
    const wanted = request.headers['if-match'];
    if (wanted !== undefined && wanted !== etag()) return void response.writeHead(412).end();
    if (request.headers.range === undefined) return void response.writeHead(200, { etag: etag() }).end(bytes);
    if (first >= bytes.length)
      return void response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    response.writeHead(206, {
      etag: etag(),
      'content-type': 'application/x-file',
      'content-range': `bytes ${first}-${last}/${bytes.length}`,
    });
    response.end(bytes.subarray(first, last + 1));
  };
}

/** Answers 416 if the range is outside the file. This answer need not have the headers of the file. */
function isRefusedRange({ headers }: IncomingMessage, bytes: number): boolean {
  return bytes === 0 && headers.range !== undefined;
}

describe('A URL as a source', () => {
  it('has a size, a generation and a type, and gives one range', async () => {
    const source = urlSource(await serve(file(() => '"v1"')), inside, { verify: true });
    const facts = await source.inspect();
    expect(facts).toMatchObject({ bytes: 1000, etag: 'v1', headers: { contentType: 'application/x-file' } });
    expect(await buffer(await source.read({ first: 100, last: 199 }, facts!, signal))).toEqual(
      content.subarray(100, 200),
    );
  });

  it.each([1000, 0])(
    'of %i bytes has the headers of its file, and its bytes as the server stores them',
    async (bytes) => {
      const sent = {
        'content-type': 'text/csv',
        'content-encoding': 'gzip',
        'cache-control': 'max-age=60',
        expires: '0',
        'content-disposition': 'attachment; filename="x.csv"',
        'content-language': 'de',
      };
      const encodings: unknown[] = [];
      const listener = file(() => '"v1"', content.subarray(0, bytes));
      const url = await serve((request, response) => {
        encodings.push(request.headers['accept-encoding']);
        for (const [name, value] of Object.entries(sent))
          if (!isRefusedRange(request, bytes)) response.setHeader(name, value);
        listener(request, response);
      });
      const facts = await urlSource(url, inside, { verify: true }).inspect();
      expect(facts).toMatchObject({
        bytes,
        headers: {
          contentType: bytes === 0 ? 'text/csv' : 'application/x-file',
          contentEncoding: 'gzip',
          cacheControl: 'max-age=60',
          contentDisposition: 'attachment; filename="x.csv"',
          contentLanguage: 'de',
          expires: '0',
        },
      });
      expect(new Set(encodings)).toEqual(new Set(['identity']));
    },
  );

  it('may be an empty file, and may be missing', async () => {
    const empty = urlSource(await serve(file(() => '"v1"', Buffer.alloc(0))), inside, { verify: true });
    const facts = await empty.inspect();
    expect(facts?.bytes).toBe(0);
    expect(await buffer(await empty.read({ first: 0, last: -1 }, facts!, signal))).toHaveLength(0);
    const gone = urlSource(await serve((_, response) => void response.writeHead(404).end()), inside, { verify: true });
    expect(await gone.inspect()).toBeUndefined();
  });

  it('fails as SourceChanged for another generation, by the condition or by the ETag of the answer', async () => {
    let etag = '"v1"';
    const honest = urlSource(await serve(file(() => etag)), inside, { verify: true });
    const facts = await honest.inspect();
    etag = '"v2"';
    await expect(honest.read({ first: 0, last: 9 }, facts!, signal)).rejects.toMatchObject({ name: 'SourceChanged' });
    let answers = 0;
    const careless = urlSource(
      await serve(
        (_, response) =>
          void response.writeHead(206, { etag: `"${answers++}"`, 'content-range': 'bytes 0-0/1000' }).end('x'),
      ),
      inside,
      { verify: true },
    );
    await expect(careless.read({ first: 0, last: 0 }, (await careless.inspect())!, signal)).rejects.toMatchObject({
      name: 'SourceChanged',
    });
  });

  it('uses the date if the ETag is weak', async () => {
    const listener: RequestListener = (_, response) =>
      void response
        .writeHead(206, {
          etag: 'W/"x"',
          'last-modified': 'Sat, 21 Nov 2026 00:00:00 GMT',
          'content-range': 'bytes 0-0/1000',
        })
        .end('x');
    expect(generationOf((await urlSource(await serve(listener), inside, { verify: true }).inspect())!)).toBe(
      'Last-Modified: Sat, 21 Nov 2026 00:00:00 GMT',
    );
  });

  it('is refused if the server ignores ranges, and may be tried again if the server is busy', async () => {
    const deaf = urlSource(await serve((_, response) => void response.writeHead(200).end('all of it')), inside, {
      verify: true,
    });
    await expect(deaf.inspect()).rejects.toMatchObject({
      name: 'InvalidRequest',
      message: expect.stringContaining('requests for a range'),
    });
    const busy = urlSource(await serve((_, response) => void response.writeHead(503).end()), inside, { verify: true });
    await expect(busy.inspect()).rejects.toMatchObject({ name: 'Throttled' });
  });

  it('is no changed source if the server sends another range', async () => {
    const liar = urlSource(
      await serve(
        (_, response) => void response.writeHead(206, { etag: '"v"', 'content-range': 'bytes 5-9/1000' }).end('12345'),
      ),
      inside,
      { verify: true },
    );
    await expect(
      liar.read({ first: 0, last: 4 }, { bytes: 1000, etag: 'v', headers: {}, metadata: {} }, signal),
    ).rejects.toMatchObject({ name: 'InvalidRequest', message: expect.stringContaining('Content-Range "bytes 5-9') });
  });

  it('follows at most five redirects, and checks each address', async () => {
    const target = await serve(file(() => '"v1"'));
    let hops = 0;
    const url = await serve(
      (request, response) =>
        void response.writeHead(302, { location: hops++ < 3 ? (request.url ?? '') : target }).end(),
    );
    expect((await urlSource(url, inside, { verify: true }).inspect())?.bytes).toBe(1000);
    const round = await serve(
      (request, response) => void response.writeHead(302, { location: request.url ?? '' }).end(),
    );
    await expect(urlSource(round, inside, { verify: true }).inspect()).rejects.toMatchObject({ name: 'NotAllowed' });
    const outward = await serve((_, response) => void response.writeHead(302, { location: 'ftp://127.0.0.1/x' }).end());
    await expect(urlSource(outward, inside, { verify: true }).inspect()).rejects.toMatchObject({ name: 'NotAllowed' });
  });

  it.each([
    'https://127.0.0.1/x',
    'https://localhost/x',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/x',
    'https://192.168.1.1/x',
    'https://100.64.0.1/x',
    'https://0.0.0.0/x',
    'https://[::1]/x',
    'https://[fd00::1]/x',
    'https://[::ffff:127.0.0.1]/x',
    'https://2130706433/x',
    'https://0x7f.1/x',
  ])('%s is not allowed, because it is not a public address', async (url) => {
    await expect(
      urlSource(url, { allowHttp: false, allowPrivateAddresses: false }, { verify: true }).inspect(),
    ).rejects.toMatchObject({ name: 'NotAllowed' });
  });

  it('must be HTTPS and have no password, and no message contains its token', async () => {
    const strict = { allowHttp: false, allowPrivateAddresses: true };
    await expect(urlSource('http://127.0.0.1/x', strict, { verify: true }).inspect()).rejects.toMatchObject({
      name: 'NotAllowed',
      message: expect.stringContaining('not HTTPS'),
    });
    await expect(
      urlSource('https://me:hunter2@example.org/x', strict, { verify: true }).inspect(),
    ).rejects.toMatchObject({ message: expect.not.stringContaining('hunter2') });
    const gone = await serve((_, response) => void response.destroy());
    await expect(urlSource(gone, inside, { verify: true }).inspect()).rejects.toMatchObject({
      name: 'Unreachable',
      message: expect.not.stringContaining('secret-token'),
    });
  });
});

describe('Of the addresses of a URL', () => {
  // In this network, 127.0.0.1 is a public address and every other one is not.
  const named = (...addresses: string[]): Network => ({
    isPublic: (address) => address === '127.0.0.1',
    lookup: ((_host: string, _options: object, done: (error: null, found: object[]) => void) =>
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      )) as unknown as Network['lookup'],
  });
  const strict = { allowHttp: true, allowPrivateAddresses: false };
  const at = (url: string, ...addresses: string[]) =>
    urlSource(url, strict, { verify: true, network: named(...addresses) }).inspect();
  const refused = { name: 'NotAllowed', message: expect.stringMatching(/ leads to an address that is not public\.$/) };

  it('a private one behind a redirect is refused, as a number and as a name', async () => {
    let asked = 0;
    const listener: RequestListener = (request, response) => {
      if (request.url === '/number') return void response.writeHead(302, { location: 'http://127.0.0.2/x' }).end();
      if (request.url === '/name') return void response.writeHead(302, { location: 'http://inside.test/x' }).end();
      asked += 1;
      file(() => '"v1"')(request, response);
    };
    const { url } = await servingInTest(listener);
    await expect(at(`${url}/number`)).rejects.toMatchObject({ name: 'NotAllowed' });
    await expect(at(`${url}/name`, '127.0.0.2')).rejects.toMatchObject(refused);
    expect(asked).toBe(0);
    expect(await at(`${url}/file`)).toMatchObject({ bytes: 1000 });
  });

  it('every one that a name resolves to is checked, and the refusal shows none', async () => {
    const { port } = await servingInTest(file(() => '"v1"'));
    const url = `http://both.test:${port}/file`;
    expect(await at(url, '127.0.0.1')).toMatchObject({ bytes: 1000 });
    await expect(at(url, '127.0.0.1', '127.0.0.2')).rejects.toMatchObject(refused);
  });

  it.each([
    ...[
      '0.0.0.0',
      '10.0.0.1',
      '100.64.0.1',
      '127.0.0.1',
      '168.63.129.16',
      '169.254.169.254',
      '172.16.0.1',
      '192.0.0.8',
    ],
    ...['192.0.2.1', '192.168.1.1', '198.18.0.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...[
      '::',
      '::1',
      '::ffff:10.0.0.1',
      '::10.0.0.1',
      '64:ff9b::a00:1',
      '100::1',
      '2001::1',
      '2001:db8::1',
      '2002:a00:1::1',
    ],
    ...['4000::1', '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fec0::1', 'ff02::1'],
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  it.each(['1.1.1.1', '93.184.216.34', '168.63.129.17', '2606:4700::1111', '2a00:1450::1', '::ffff:1.1.1.1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );
});
