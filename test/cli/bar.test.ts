import { describe, expect, it } from 'vitest';
import { percentOf, renderBar } from '../../tools/cli/text/bar.ts';
import { meter, progressAt } from './fixture/views.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

const busy = meter({
  partsCopied: 640,
  partsTotal: 1000,
  bytesCopied: 40 * GiB,
  bytesTotal: 62.5 * GiB,
  bytesInFlight: 3 * GiB,
  bytesPerSecond: 80.1 * MiB,
  secondsLeft: 249.6,
  retries: 12,
  round: 3,
});

const cases = {
  'accepted, before anything is known': meter({ state: 'accepted', partsTotal: 0, bytesTotal: 0, bytesCopied: 0 }),
  'begun, no rate yet': meter({ ...progressAt(0) }),
  'half way': meter({ ...progressAt(6), bytesPerSecond: 12.5 * MiB, secondsLeft: 4.16 }),
  'with parts in flight, retries and rounds': busy,
  'all bytes in flight': meter({ ...progressAt(0), bytesInFlight: 100 * MiB, bytesPerSecond: MiB, secondsLeft: 0 }),
  'copied, not yet completed': meter({ ...progressAt(13), bytesPerSecond: 90 * MiB, secondsLeft: 0 }),
  'being read back': meter({
    ...progressAt(13),
    phase: 'reading back',
    partsReadBack: 6,
    bytesReadBack: 48 * MiB,
    bytesInFlight: 8 * MiB,
    bytesPerSecond: 12.5 * MiB,
    secondsLeft: 4.16,
    round: 3,
  }),
  'after a part failed': meter({ ...progressAt(6), bytesPerSecond: 12.5 * MiB, retries: 1, bytesLost: 8 * MiB }),
  copied: meter({ ...progressAt(13), state: 'copied', bytesPerSecond: 90 * MiB, retries: 1, bytesLost: 8 * MiB }),
  failed: meter({ state: 'failed', retries: 7, round: 2 }),
  aborted: meter({ state: 'aborted', retries: 7 }),
  'an empty object': meter({ ...progressAt(0), state: 'copied', partsCopied: 1, partsTotal: 1, bytesTotal: 0 }),
};

const widths = [120, 79, 60, 40, 20, 8];

describe('the progress bar', () => {
  it('looks as in its golden file', async () => {
    const blocks = Object.entries(cases).map(([name, shown]) => {
      const lines = widths.map((width) => `${String(width).padStart(3)} |${renderBar(shown, width)}|`);
      return `${name}\n${lines.join('\n')}\n`;
    });
    await expect(blocks.join('\n')).toMatchFileSnapshot('bar.golden.txt');
  });

  it('is never wider than the terminal', () => {
    for (let width = 0; width <= 200; width++) expect(renderBar(busy, width).length).toBeLessThanOrEqual(width);
  });

  it('shows 100% only when every byte is safe at the target', () => {
    expect(percentOf({ ...progressAt(12), bytesInFlight: 4 * MiB })).toBe(99);
    expect(percentOf(progressAt(13))).toBe(100);
  });
});
