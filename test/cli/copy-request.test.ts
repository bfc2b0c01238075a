import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { requestSchema } from '../../functions/transfer/request.ts';
import { copyOptions } from '../../tools/cli/options/copy-options.ts';
import { type CopyOptions, copyRequest } from '../../tools/cli/request/copy-request.ts';

/** Reads words as `partway copy` does. */
function typed(...words: string[]) {
  const command = new Command().exitOverride();
  for (const { option } of copyOptions) command.addOption(option);
  const options = command.parse(words, { from: 'user' }).opts<CopyOptions>();
  return copyRequest('minio:raw/movie.mov', 'us3:archive/', options);
}

const everything = [
  ...['--version-id', 'v1', '--part-size', '64MiB', '--multipart-threshold', '16MiB', '--parts-at-once', '2'],
  ...['--bandwidth', '50MiB/s', '--speed', 'fast'],
  ...['--batches-at-once', '3', '--retries', '5', '--retry-interval', '500ms', '--retry-backoff', '1.5'],
  ...[
    '--no-verify-source',
    '--checksum',
    'crc32',
    '--verify',
    'read-back',
    '--content-type',
    'video/mp4',
    '--cache-control',
    'no-store',
  ],
  ...['--content-disposition', 'inline', '--content-encoding', 'gzip', '--content-language', 'de'],
  ...['--expires', '2026-11-20T10:00:00Z', '--header', 'User-Agent=a=b', '--header', 'x-obs-expires=3'],
  ...[
    '--metadata',
    'team=ops',
    '--metadata',
    'year=2026',
    '--storage-class',
    'IA',
    '--overwrite',
    'never',
    '--on-source-change',
    'restart',
  ],
  ...['--tag', 'team=ops', '--tag', 'cost=', '--acl', 'private', '--encryption', 'aws:kms', '--kms-key', 'k1'],
  ...['--adopt', 'u1', '--first-missing-part', '3', '--server-side-copy', 'never', '--requester-pays'],
  ...['--on-failure', 'abort', '--patience', '1h', '--idempotency-key', 'k', '--detach'],
];

describe('the request that a command line makes', () => {
  it('leaves out options that were not typed, so that the API uses its defaults', () => {
    expect(typed()).toEqual({
      source: { endpoint: 'minio', bucket: 'raw', key: 'movie.mov' },
      target: { endpoint: 'us3', bucket: 'archive', key: 'movie.mov' },
      verifySource: true,
      overwrite: 'if-different',
    });
  });

  it('replaces an object that may be the same only if the person asks, or asks for more than its bytes', () => {
    expect(typed('--overwrite', 'always').overwrite).toBe('always');
    expect(typed('--part-size', '8MiB', '--patience', '1h').overwrite).toBe('if-different');
    for (const words of [
      ['--content-type', 'video/mp4'],
      ['--tag', 'a=b'],
      ['--header', 'a=b'],
      ['--expires', '2026-11-20T10:00:00Z'],
      ['--kms-key', 'k'],
      ['--adopt', 'u1', '--part-size', '8MiB'],
    ])
      expect([words, typed(...words).overwrite]).toEqual([words, undefined]);
    expect(copyRequest({ client: { name: 'x' } }, 'us3:archive/', {}).overwrite).toBeUndefined();
  });

  it('can have every field that the API takes', () => {
    expect(Object.keys(typed(...everything)).sort()).toEqual(Object.keys(requestSchema.shape).sort());
  });

  it('has sizes in bytes and times in seconds', () => {
    expect(typed(...everything)).toMatchObject({
      source: { versionId: 'v1' },
      partBytes: 67_108_864,
      multipartThresholdBytes: 16_777_216,
      retry: { count: 5, intervalSeconds: 0.5, backoff: 1.5 },
      verifySource: false,
      metadata: { team: 'ops', year: '2026' },
      headers: { 'User-Agent': 'a=b', 'x-obs-expires': '3' },
      patienceSeconds: 3600,
      tags: { team: 'ops', cost: '' },
      acl: 'private',
      encryption: { type: 'aws:kms', keyId: 'k1' },
    });
    expect(typed('--kms-key', 'k1').encryption).toEqual({ type: 'aws:kms', keyId: 'k1' });
    expect(typed('--encryption', 'AES256').encryption).toEqual({ type: 'AES256' });
  });

  it('has the ETags of an adopted upload with their part numbers, and leaves out failed parts', () => {
    const { resumeFrom } = typed('--adopt', 'u1', '--part-size', '8MiB', '--adopt-etags', 'aa, bb,,dd');
    expect(resumeFrom?.parts).toEqual([
      { partNumber: 1, etag: 'aa' },
      { partNumber: 2, etag: 'bb' },
      { partNumber: 4, etag: 'dd' },
    ]);
  });

  it('is refused before it is sent, and the message names the option or field', () => {
    expect(() => typed('--parts-at-once', '17')).toThrow(/`partsAtOnce` is 17; it takes at most 16/);
    expect(() => typed('--retries', '11')).toThrow(/`retry\.count` is 11; it takes at most 10/);
    expect(() => typed('--header', 'Host=x')).toThrow(/`headers\.Host`: it says how the request travels/);
    expect(() => typed('--tag', 'a=1&2')).toThrow(/`tags\.a` is "1&2"; a tag can have/);
    expect(() => typed('--encryption', 'AES256', '--kms-key', 'k')).toThrow(/--kms-key/);
    expect(() => typed('--adopt-etags', 'aa')).toThrow(/--adopt-etags works only with --adopt/);
    expect(() => typed('--first-missing-part', '3')).toThrow(/--first-missing-part works only with --adopt/);
  });

  it('has the target key that is written if --exact-key is given', () => {
    expect(typed().target.key).toBe('movie.mov');
    const markers = ['minio:photos/2024/', 'us3:photos/2024/'] as const;
    expect(copyRequest(...markers, { exactKey: true }).target.key).toBe('2024/');
    expect(() => copyRequest(...markers, {})).toThrow(/write the whole target key, with --exact-key if it ends in/);
    expect(() => copyRequest(markers[0], 'us3:photos/', { exactKey: true })).toThrow(/`target.key`/);
  });

  it('is refused if source and target are the same object', () => {
    expect(() => copyRequest('us3:archive/a', 'us3:archive/a', {})).toThrow('the same object');
  });
});
