import { describe, expect, it } from 'vitest';
import { isLocalFile, parseSource, parseTarget } from '../../tools/cli/request/address.ts';

const object = { endpoint: 'minio', bucket: 'raw', key: 'films/a b.mov' };

describe('a source', () => {
  it('is endpoint:bucket/key, and a key may contain colons and slashes', () => {
    expect(parseSource('minio:raw/films/10:30//a.mov')).toEqual({ ...object, key: 'films/10:30//a.mov' });
  });

  it('may have a version if it is in a store', () => {
    expect(parseSource('minio:raw/films/a b.mov', 'v1')).toEqual({ ...object, versionId: 'v1' });
    expect(() => parseSource('https://example.com/a', 'v1')).toThrow('A URL has no versions');
  });

  it('may be a URL, which stays as it is written', () => {
    expect(parseSource('https://example.com/a%20b?token=x')).toEqual({ url: 'https://example.com/a%20b?token=x' });
  });

  it.each([
    './movie.mov',
    '/tmp/movie.mov',
    '~/movie.mov',
    'C:\\movie.mov',
    'C:/movie.mov',
    'file:///a',
    'package.json',
  ])('is a local file if it is written as %s', (path) => {
    expect(isLocalFile(path)).toBe(true);
  });

  it.each(['minio:raw/movie.mov', 'https://example.com/a', 's3://bucket/key', 'nothing-like-it'])(
    'is not a local file if it is written as %s',
    (text) => {
      expect(isLocalFile(text)).toBe(false);
    },
  );

  it('cannot be an s3:// URI, because that names no endpoint', () => {
    expect(() => parseSource('s3://bucket/key')).toThrow('does not name an endpoint');
  });

  it.each(['nothing-like-it', 'minio:raw', 'minio:raw/'])('is not %s', (text) => {
    expect(() => parseSource(text)).toThrow('is not a source');
  });
});

it('A source may be the marker of a folder, whose key ends in a slash', () => {
  expect(parseSource('minio:raw/photos/2024/')).toEqual({ ...object, key: 'photos/2024/' });
});

describe('a target', () => {
  it('is endpoint:bucket/key', () => {
    expect(parseTarget('us3:archive/b.mov', object)).toEqual({ endpoint: 'us3', bucket: 'archive', key: 'b.mov' });
  });

  it('that ends in a slash gets the last part of the source’s name', () => {
    expect(parseTarget('us3:archive/', object).key).toBe('a b.mov');
    expect(parseTarget('us3:archive/2026/', object).key).toBe('2026/a b.mov');
  });

  it('gets the last part of a URL decoded and without its query', () => {
    expect(parseTarget('us3:archive/', { url: 'https://example.com/x/a%20b.tar?t=1' }).key).toBe('a b.tar');
    expect(parseTarget('us3:archive/', { url: 'https://example.com/x/100%.tar' }).key).toBe('100%.tar');
  });

  it('must be written whole if the source has no name', () => {
    expect(() => parseTarget('us3:archive/', { url: 'https://example.com/' })).toThrow(
      'no name that could complete the target',
    );
    expect(() => parseTarget('us3:archive/', { ...object, key: 'films/' })).toThrow(
      'no name that could complete the target',
    );
  });

  it('with --exact-key has the key that is written, also that of a folder', () => {
    const exactly = { exactKey: true };
    expect(parseTarget('us3:photos/2024/', object, exactly).key).toBe('2024/');
    expect(parseTarget('us3:photos/2024/', { ...object, key: '2023/' }, exactly).key).toBe('2024/');
    expect(parseTarget('us3:archive/b.mov', object, exactly).key).toBe('b.mov');
  });

  it.each(['archive/b.mov', 'us3:archive', 's3://archive/b.mov'])('is not %s', (text) => {
    expect(() => parseTarget(text, object)).toThrow(expect.objectContaining({ name: 'InvalidRequest' }));
  });
});
