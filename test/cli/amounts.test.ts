import { describe, expect, it } from 'vitest';
import { addMetadata, parseBytes, parseNumber, parseSeconds, parseWhole } from '../../tools/cli/options/amounts.ts';

describe('sizes and times on the command line', () => {
  it('reads MiB as binary, MB as decimal and a number without a unit as bytes', () => {
    expect(['64MiB', '64MB', '1.5GiB', '8388608', '10 KiB'].map(parseBytes)).toEqual([
      67_108_864, 64_000_000, 1_610_612_736, 8_388_608, 10_240,
    ]);
  });

  it.each(['64M', '-1', '1.3B', 'big', '', '1e9', '9999999TiB', '1toString'])('refuses the size "%s"', (text) => {
    expect(() => parseBytes(text)).toThrow('Write a size as');
  });

  it('reads times in seconds', () => {
    expect(['500ms', '30s', '5min', '5m', '1h', '2d', '7'].map(parseSeconds)).toEqual([
      0.5, 30, 300, 300, 3600, 172_800, 7,
    ]);
  });

  it('refuses a text that is not a time or a number', () => {
    expect(() => parseSeconds('soon')).toThrow('Write a time as');
    expect(() => parseWhole('1.5')).toThrow('whole number');
    expect(() => parseNumber('x')).toThrow('a number');
  });

  it('collects metadata, and a value may contain an equals sign', () => {
    expect(addMetadata('b=x=y', addMetadata('a=1'))).toEqual({ a: '1', b: 'x=y' });
  });

  it('refuses metadata without a name, without a value, or with the same name twice', () => {
    expect(() => addMetadata('=x')).toThrow('name=value');
    expect(() => addMetadata('x')).toThrow('name=value');
    expect(() => addMetadata('a=2', { a: '1' })).toThrow('"a" is given twice');
  });
});
