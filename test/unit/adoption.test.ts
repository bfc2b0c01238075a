import { describe, expect, it } from 'vitest';
import { refuseOtherCut } from '../../functions/transfer/adoption.ts';

const limits = { partBytesMin: 5, partBytesMax: 50, partCountMax: 20, objectBytesMax: 1000, singleRequestBytesMax: 50 };

/** The message of the refusal, if there is one. The parts are given as number:bytes; the object has 83 bytes. */
function refusal(partBytes: number, ...parts: readonly string[]): string | undefined {
  const plan = { objectBytes: 83, partBytes, partCount: Math.ceil(83 / partBytes) };
  const sized = parts
    .map((part) => part.split(':').map(Number))
    .map(([partNumber = 0, bytes = 0]) => ({ partNumber, bytes }));
  try {
    refuseOtherCut(plan, sized, limits, 'upload u');
    return undefined;
  } catch (error) {
    expect(error).toMatchObject({ name: 'InvalidRequest' });
    return (error as Error).message;
  }
}

describe('An upload that is adopted with the wrong part size', () => {
  it('is refused if it has parts and none of them fits, and accepted if at least one fits', () => {
    expect(refusal(10)).toBeUndefined();
    expect(refusal(10, '1:10', '2:8')).toBeUndefined();
    expect(refusal(10, '9:3')).toBeUndefined();
    expect(refusal(10, '1:8')).toBeDefined();
    expect(refusal(10, '0:10')).toContain('leave `resumeFrom` out'); // some SDKs count from 0
    expect(refusal(10, '10:10')).toContain('leave `resumeFrom` out');
  });

  it('is refused with the sizes of its parts and the part size that fits them all', () => {
    expect(refusal(10, '1:8', '2:8', '11:3')).toBe(
      '`resumeFrom.partBytes` is 10 bytes and fits no part of upload u: the 3 parts that are there have 8, 3 bytes. `resumeFrom.partBytes` 8 bytes would fit them all: ask with it if the upload was cut so.',
    );
  });

  it('is refused with both possible part sizes if its only part may be the last one', () => {
    expect(refusal(20, '9:3')).toContain('`resumeFrom.partBytes` 10 bytes would fit'); // 3 bytes are too few for a part here
    expect(refusal(10, '2:33')).toContain('`resumeFrom.partBytes` 33 bytes or 50 bytes would fit');
  });

  it('is refused with another advice if no part size fits, or none that the target accepts', () => {
    expect(refusal(10, '1:8', '2:9')).toContain('This target takes no part size that fits them all');
    expect(refusal(10, '1:4', '2:4')).toContain('object of 83 bytes: leave `resumeFrom` out');
  });

  it('is refused with at most five of its part sizes', () => {
    expect(refusal(10, '1:1', '2:2', '3:3', '4:4', '5:5', '6:6')).toContain('have 1, 2, 3, 4, 5, … bytes');
  });
});
