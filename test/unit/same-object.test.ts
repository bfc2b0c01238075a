import { describe, expect, it } from 'vitest';
import { compareObjects } from '../../functions/engine/stores/same-object.ts';
import { parseRequest, type TransferRequestInput } from '../../functions/transfer/request.ts';
import { newTransfer, type ObjectFacts } from '../../functions/transfer/transfer.ts';

const md5 = (digit: string) => digit.repeat(32);

function object(facts: Partial<ObjectFacts> = {}): ObjectFacts {
  return { bytes: 100, etag: undefined, headers: {}, metadata: {}, ...facts };
}

function compared(
  source: Partial<ObjectFacts>,
  present: Partial<ObjectFacts>,
  more: Partial<TransferRequestInput> = {},
) {
  const request = parseRequest({
    source: { endpoint: 'a', bucket: 'data', key: 'x' },
    target: { endpoint: 'b', bucket: 'data', key: 'y' },
    ...more,
  });
  return compareObjects(newTransfer('id', request, 0), object(source), object(present));
}

describe('Source and target are the same object', () => {
  it.each<[string, Partial<ObjectFacts>, Partial<ObjectFacts>, RegExp]>([
    [
      'if their sizes and a CRC are',
      { crcs: { crc64nvme: 'ab' } },
      { crcs: { crc64nvme: 'ab' } },
      /size and CRC-64\/NVME/,
    ],
    ['if their sizes and CRC32s are', { crc32: 7, etag: '"a"' }, { crc32: 7, etag: '"b"' }, /size and CRC32/],
    ['if their sizes and MD5s are', { etag: md5('a') }, { etag: md5('A') }, /size and ETag/],
    ['if they were cut alike', { etag: `${md5('a')}-3` }, { etag: `${md5('a')}-3` }, /size and ETag/],
  ])('%s', (_when, source, present, why) => {
    expect(compared(source, present)).toEqual({ same: expect.stringMatching(why) });
  });

  it('not if nothing but the size can be compared', () => {
    const dates = { modified: 'Sat, 21 Nov 2026 00:00:00 GMT' };
    for (const [source, present] of [
      [{}, {}],
      [dates, dates],
      [{ etag: '5f3-61' }, { etag: '5f3-61' }],
      [{ etag: md5('a') }, { etag: undefined }],
    ] as const)
      expect(compared(source, present)).toEqual({ differs: expect.stringContaining('nothing else can be compared') });
  });

  it('not if their ETags are those of other parts, which may have the same bytes', () => {
    expect(compared({ etag: `${md5('a')}-3` }, { etag: `${md5('b')}-7` })).toEqual({
      differs: expect.stringContaining('which can be of other parts, says nothing of the bytes'),
    });
  });

  it('not if a CRC differs, whatever else is the same', () => {
    const etag = md5('a');
    expect(compared({ etag, crc32: 1 }, { etag, crc32: 2 })).toEqual({ differs: "its CRC32 is not the source's" });
  });

  it('not by an ETag that the request does not trust', () => {
    const etag = md5('a');
    expect(compared({ etag }, { etag }, { verifySource: false })).toEqual({
      differs: expect.stringContaining('`verifySource` is off'),
    });
  });
});
