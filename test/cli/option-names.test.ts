import { describe, expect, it } from 'vitest';
import { parseRequest, requestSchema } from '../../functions/transfer/request.ts';
import { inWordsOfCli } from '../../tools/cli/failure/failure-text.ts';
import { copyOptions } from '../../tools/cli/options/copy-options.ts';
import { inOptions, namedFields } from '../../tools/cli/options/option-names.ts';

const source = { endpoint: 'a', bucket: 'data', key: 'x' };
const target = { endpoint: 'b', bucket: 'data', key: 'y' };

/** What the CLI prints for a request that the core refuses. */
function told(fields: object): string {
  try {
    parseRequest({ source, target, ...fields });
  } catch (error) {
    return inWordsOfCli({ name: 'InvalidRequest', message: (error as Error).message, next: '' }).message;
  }
  return 'taken';
}

describe('a refusal of the CLI', () => {
  it.each([
    [{ partBytes: 0 }, '--part-size is 0 bytes; it takes more than 0 bytes.'],
    [{ multipartThresholdBytes: -1 }, '--multipart-threshold is -1 bytes; it takes at least 0 bytes.'],
    [{ patienceSeconds: 30 * 86_400 }, '--patience is 30 d; it takes at most 7 d.'],
    [{ patienceSeconds: 0.5 }, '--patience is 500 ms; it takes a whole number of seconds.'],
    [{ retry: { intervalSeconds: 7200 } }, '--retry-interval is 2 h; it takes at most 1 min.'],
    [{ retry: { count: 11 } }, '--retries is 11; it takes at most 10.'],
    [{ contentType: 'é' }, '--content-type is "é"; a header can have only printable ASCII.'],
    [{ metadata: { Team: 'x' } }, '--metadata Team: a metadata name has lower-case letters, digits, "_" and "-".'],
    [{ tags: { team: '1&2' } }, '--tag team is "1&2"; a tag can have only letters'],
    [{ storageClass: 'ia' }, '--storage-class is "ia"; a storage class has capitals'],
    [{ resumeFrom: { uploadId: 'u', partBytes: 0 } }, '--part-size is 0 bytes;'],
    [{ resumeFrom: { uploadId: '', partBytes: 1 } }, '--adopt is ""; it takes at least 1 character.'],
    [{ encryption: { type: 'aws:kms', keyId: 'a b' } }, '--kms-key is "a b"; a key is named in printable ASCII'],
    [{ source: { ...source, bucket: 'd' } }, 'the bucket of <source> is "d"; a bucket name has'],
    [{ target: { ...target, key: 'é'.repeat(513) } }, 'the key of <target> is "éé'],
    [{ source: { url: 'https://' } }, '<source>: a URL must be complete'],
    [{ source: { url: `https://x/${'x'.repeat(9000)}` } }, '<source>: a URL has at most 8,192 characters'],
  ])('names the option, the given value and the allowed values: %j', (fields, sentence) => {
    expect(told(fields)).toContain(sentence);
  });

  it('names all mistakes at once', () => {
    expect(told({ partsAtOnce: 99, retry: { count: 20 } })).toBe(
      'The request cannot be accepted: --parts-at-once is 99; it takes at most 16. --retries is 20; it takes at most 10.',
    );
  });

  it('never shows a URL, because it may contain a token', () => {
    expect(told({ source: { url: 'ftp://example.org/x?token=secret' } })).not.toContain('secret');
  });

  it('writes a field with its value as a person would type the option', () => {
    expect(inOptions('ask with `overwrite: "always"`, or `verifySource: false`')).toBe(
      'ask with --overwrite always, or --no-verify-source',
    );
  });

  it('does not change commands and unknown words in backticks', () => {
    expect(inOptions('`partway list` shows `nothing` of `retry`')).toBe('`partway list` shows `nothing` of `retry`');
    expect(namedFields('`partway list` shows `limit`')).toEqual([{ field: 'limit', option: '--limit' }]);
  });

  it('knows an option, or an argument, for every field of the request', () => {
    const fields = copyOptions.flatMap(({ field }) => field?.split('.')[0] ?? []);
    expect([...new Set([...fields, 'source', 'target'])].sort()).toEqual(Object.keys(requestSchema.shape).sort());
  });
});
