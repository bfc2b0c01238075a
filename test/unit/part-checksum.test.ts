import { describe, expect, it } from 'vitest';
import { partChecksumAt } from '../../functions/transfer/values/part-checksum.ts';

describe('The checksum of a part', () => {
  it.each([
    [undefined, 'trailer'],
    ['https://s3.eu-west-1.amazonaws.com', 'trailer'],
    ['https://s3.cn-north-1.amazonaws.com.cn', 'trailer'],
    ['https://amazonaws.com.example.org', 'none'],
    ['https://s3.example.org', 'none'],
    ['http://127.0.0.1:9000', 'none'],
    ['http://s3.us-east-1.amazonaws.com', 'header'], // AWS takes no trailers over http://
  ])('at %s is sent as: %s', (url, how) => {
    expect(partChecksumAt({ url }, 'trailer')).toBe(how);
  });

  it('is sent as the endpoint’s setting says', () => {
    expect(partChecksumAt({ url: 'https://s3.example.org', partChecksum: 'trailer' }, 'none')).toBe('trailer');
    expect(partChecksumAt({ url: 'http://s3.example.org', partChecksum: 'trailer' }, 'none')).toBe('header');
    expect(partChecksumAt({ partChecksum: 'none' }, 'trailer')).toBe('none');
  });
});
