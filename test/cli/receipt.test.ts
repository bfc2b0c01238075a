import { describe, expect, it } from 'vitest';
import { receiptText } from '../../tools/cli/text/receipt.ts';
import { copied, receipt } from './fixture/views.ts';

describe('the receipt', () => {
  it('looks as in its golden file', async () => {
    await expect(receiptText(copied)).toMatchFileSnapshot('receipt.golden.txt');
  });

  it('says if the object was there already', () => {
    expect(receiptText({ ...copied, receipt: undefined })).toBe(
      'us3:archive/movie.mov was there already; nothing was copied.\n',
    );
  });

  it('says what stayed behind, and why', () => {
    const notCarried = [{ what: 'tags a, b', why: 'UCloud US3 takes no tags' }];
    expect(receiptText({ ...copied, receipt: { ...receipt, notCarried } })).toMatch(
      /\nNot carried over\n {2}tags a, b: UCloud US3 takes no tags\n$/,
    );
  });

  it('says how much the store copied by itself, and why Partway streamed the rest', () => {
    const inStore = (whyNot?: string) => {
      const copiedInStore = { parts: 5, bytes: 40 * 1024 * 1024, whyNot };
      return receiptText({ ...copied, receipt: { ...receipt, crc32: undefined, copiedInStore } });
    };
    expect(inStore()).toContain('the store copied 5 of 13 parts by itself, 40 MiB\n');
    expect(inStore()).toContain('not known: the store copied by itself');
    expect(inStore('403 AccessDenied')).toContain('Partway streamed the rest: 403 AccessDenied');
  });

  it('can be printed for a transfer of an older version, whose receipt has no unproven facts', () => {
    const { unproven: _, bytesReadBack: __, ...earlier } = receipt;
    expect(receiptText({ ...copied, receipt: earlier as typeof receipt })).not.toContain('not proven');
  });

  it('can be printed for an empty object that took no time', () => {
    const empty = { ...receipt, bytes: 0, parts: 1, partBytes: 0, seconds: 0, bytesResent: 0, etag: undefined };
    expect(receiptText({ ...copied, receipt: { ...empty, proofs: [], historyEvents: undefined } })).toContain('0 B');
  });
});
