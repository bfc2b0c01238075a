import { describe, expect, it } from 'vitest';
import { sizeText } from '../../functions/transfer/values/sizes.ts';
import { bytesText, clockText, exactBytesText, secondsText, usdText } from '../../tools/cli/options/units.ts';

describe('numbers for people', () => {
  it('shows bytes in binary units, and whole numbers without decimals', () => {
    expect([0, 1023, 1024, 1536, 64 * 1024 ** 2, 5 * 1024 ** 4, 1023.5 * 1024].map(bytesText)).toEqual([
      '0 B',
      '1023 B',
      '1 KiB',
      '1.5 KiB',
      '64 MiB',
      '5 TiB',
      '1024 KiB',
    ]);
  });

  it('adds the exact number of bytes', () => {
    expect(exactBytesText(3 * 1024 ** 3)).toBe('3 GiB (3,221,225,472 bytes)');
    expect(exactBytesText(1)).toBe('1 B (1 byte)');
    expect([0, 1, 1025, 2048].map(sizeText)).toEqual(['0 bytes', '1 byte', '1,025 bytes', '2 KiB']);
  });

  it('rounds times up, so that 0 s means no wait', () => {
    expect([0, 0.2, 61, 3600, 90_000].map(secondsText)).toEqual(['0 s', '1 s', '1 min 1 s', '1 h 0 min', '1 d 1 h']);
    expect([0.2, 61, 3725].map(clockText)).toEqual(['0:01', '1:01', '1:02:05']);
  });

  it('shows fractions of a cent', () => {
    expect([0, 0.000_412_3, 0.25, 12.345].map(usdText)).toEqual(['$0', '$0.00041', '$0.25', '$12.35']);
  });
});
