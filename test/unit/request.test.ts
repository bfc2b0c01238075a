import { describe, expect, it } from 'vitest';
import { fingerprint, transferIdOfArrival } from '../../functions/engine/claim/identity.ts';
import { parseRequest } from '../../functions/transfer/request.ts';

const source = { endpoint: 'a', bucket: 'from', key: 'x' };
const target = { endpoint: 'b', bucket: 'to', key: 'x' };

describe('a request', () => {
  it('needs only a source and a target, and gets defaults for the rest', () => {
    expect(parseRequest({ source, target })).toMatchObject({
      partsAtOnce: 4,
      batchesAtOnce: 40,
      retry: { count: 3, intervalSeconds: 5, backoff: 2 },
      verifySource: true,
      overwrite: 'always',
      onFailure: 'keep',
    });
  });

  it.each([
    ['an unknown field', { source, target, partSize: 5 }, /partSize/],
    ['an unknown field in the source', { source: { ...source, region: 'x' }, target }, /source/],
    ['no target', { source }, /target/],
    ['a part size of zero bytes', { source, target, partBytes: 0 }, /partBytes/],
    ['41 batches at once', { source, target, batchesAtOnce: 41 }, /batchesAtOnce/],
    ['a key of 1,025 bytes', { source, target: { ...target, key: 'é'.repeat(513) } }, /1,024 bytes/],
    ['an empty key', { source, target: { ...target, key: '' } }, /target\.key/],
    ['half a surrogate in a key', { source, target: { ...target, key: 'x\ud800' } }, /Unicode/],
    ['a bucket with a slash', { source, target: { ...target, bucket: 'a/b' } }, /bucket/],
    ['our own metadata', { source, target, metadata: { 'partway-transfer': 'x' } }, /partway-/],
    ['a header with a line break', { source, target, contentType: 'a\r\nx: y' }, /contentType/],
    ['a URL that is not http', { source: { url: 'file:///etc/passwd' }, target }, /source/],
    ['a list', [], /The request/],
    ['nothing', undefined, /The request/],
    ['the same object as source and target', { source, target: source }, /same object/],
  ])('with %s is refused, and the message names the field', (_what, body, message) => {
    expect(() => parseRequest(body)).toThrow(
      expect.objectContaining({ name: 'InvalidRequest', message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ['in place of the source', { source: 'https://u:pw@h/x?token=hush', target }],
    ['in place of an endpoint', { source: { ...source, endpoint: 'https://u:pw@h/x?token=hush' }, target }],
    ['with an unsupported scheme', { source: { url: 'ftp://u:pw@h/x?token=hush' }, target }],
    ['in place of all', 'https://u:pw@h/x?token=hush'],
  ])('is refused without repeating the secrets of a URL %s', (_where, body) => {
    expect(() => parseRequest(body)).toThrow(
      expect.objectContaining({ name: 'InvalidRequest', message: expect.not.stringMatching(/hush|pw/) }),
    );
  });

  it.each(['a b', 'a+b', 'a?b&c=d', 'é漢', '"quoted"', "it's", '100%', '%20', 'a//b', 'dir/', 'x'.repeat(1024)])(
    'may have the key %j',
    (key) => {
      expect(parseRequest({ source, target: { ...target, key } }).target.key).toBe(key);
    },
  );

  it.each([
    ...['authorization', 'X-Amz-Date', 'x-amz-content-sha256', 'x-oss-security-token', 'amz-sdk-request'],
    ...['Host', 'content-length', 'Transfer-Encoding', 'x-amz-decoded-content-length', 'X-Forwarded-Host', 'range'],
    ...['content-type', 'Expires', 'x-amz-meta-a', 'x-oss-meta-a', 'x-amz-tagging', 'x-amz-storage-class'],
    ...['x-amz-acl', 'x-oss-object-acl', 'x-obs-acl', 'x-amz-grant-full-control', 'x-goog-acl'],
    ...[
      'x-amz-server-side-encryption',
      'x-amz-server-side-encryption-customer-key',
      'x-oss-server-side-data-encryption',
    ],
    ...['content-md5', 'x-amz-checksum-crc32', 'x-amz-sdk-checksum-algorithm', 'x-amz-trailer', 'if-match'],
    ...['x-amz-copy-source', 'x-amz-copy-source-if-match', 'x-amz-metadata-directive', 'x-amz-mp-object-size'],
    ...['x-amz-request-payer', 'x-amz-expected-bucket-owner', 'a b', 'x\r\ny', 'ä', 'x'.repeat(129)],
  ])('may not add the header %j, and nothing shows its value', (name) => {
    expect(() => parseRequest({ source, target, headers: { [name]: 'hush' } })).toThrow(
      expect.objectContaining({ name: 'InvalidRequest', message: expect.stringMatching(/^(?!.*hush).*`headers\./) }),
    );
  });

  it.each([
    ['a line break', { a: 'hush\r\nx-amz-acl: public-read' }, /`headers.a`: a header can have only printable ASCII/],
    ['a tab', { a: 'hush\thush' }, /`headers.a`: a header can have/],
    ['text outside ASCII', { a: 'hush é' }, /`headers.a`: a header can have/],
    ['a space at its end', { a: 'hush ' }, /`headers.a`: a header can have .*without spaces at its ends/],
    ['nothing', { a: '' }, /`headers.a`: it takes at least 1 character/],
    ['1,025 characters', { a: 'hush'.repeat(257) }, /`headers.a`: it takes at most 1,024 characters/],
    ['one name in two cases', { 'X-A': 'hush', 'x-a': 'hush' }, /`headers`: "x-a" is given twice/],
    [
      '21 headers',
      Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`x-${at}`, 'hush'])),
      /at most 20 headers/,
    ],
    ['2,050 characters', { a: 'h'.repeat(1024), b: 'h'.repeat(1024) }, /at most 2048 characters together/],
  ])('may not add a header with %s', (_what, headers, message) => {
    expect(() => parseRequest({ source, target, headers })).toThrow(message);
    expect(() => parseRequest({ source, target, headers })).not.toThrow(/hush/);
  });

  it('keeps the names of added headers in small letters, and times as HTTP writes them', () => {
    const one = parseRequest({
      source,
      target,
      headers: { 'X-Obs-Expires': '3' },
      expires: '2026-11-20T11:00:00+01:00',
    });
    expect(one).toMatchObject({ headers: { 'x-obs-expires': '3' }, expires: 'Fri, 20 Nov 2026 10:00:00 GMT' });
    expect(fingerprint(parseRequest(one))).toBe(fingerprint(one));
  });

  it.each(['tomorrow', '0', '2026-02-30T10:00:00Z', '2026-11-20', 'Fri, 20 Nov 2026 10:00:00'])(
    'may not ask for an Expires of %s',
    (expires) => {
      expect(() => parseRequest({ source, target, expires })).toThrow(/`expires` is ".*"; it takes a time such as/);
    },
  );

  it('has the same fingerprint for any order of its fields', () => {
    const one = parseRequest({ source, target, metadata: { a: '1', b: '2' } });
    const other = parseRequest({ metadata: { b: '2', a: '1' }, target, source });
    expect(fingerprint(one)).toBe(fingerprint(other));
    expect(fingerprint(one)).not.toBe(fingerprint(parseRequest({ source, target, metadata: { a: '1' } })));
  });
});

describe('an arrival', () => {
  it('has the same id each time that its event comes, and a different id for another write or another target', () => {
    const arrival = { bucket: { name: 'in-box' }, object: { key: 'a', sequencer: '0A' } };
    expect(transferIdOfArrival(arrival, target)).toBe(transferIdOfArrival(structuredClone(arrival), target));
    expect(transferIdOfArrival(arrival, target)).not.toBe(
      transferIdOfArrival({ ...arrival, object: { key: 'a', sequencer: '0B' } }, target),
    );
    expect(transferIdOfArrival(arrival, target)).not.toBe(transferIdOfArrival(arrival, { ...target, bucket: 'other' }));
  });
});

it.each([
  ['metadata', '{"metadata":{"__proto__":"x"}}'],
  ['tags', '{"tags":{"a":"b","__proto__":"x"}}'],
])('A name that JavaScript would lose is refused in %s', (field, text) => {
  const source = { endpoint: 'a', bucket: 'data', key: 'x' };
  const request = { source, target: { ...source, endpoint: 'b' }, ...JSON.parse(text) };
  expect(() => parseRequest(request)).toThrow(`\`${field}.__proto__\` cannot be carried`);
});
